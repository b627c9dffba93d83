"""What a refusal is called in the language of the page: by its code, with its facts put in."""

from lims.errors import LimsError
from lims.ids import in_fours
from lims.imports.vocabulary import RowFinding
from lims.web.languages import language
from lims.web.messages import _

_WORDS: dict[str, str] = {}


def sentence_of(error: LimsError) -> str:
    """The sentence for a person, translated where it is known by its code; else as the room says it."""
    if language() == "en":
        return error.sentence
    words = _WORDS.get(error.code)
    if words is None:
        return _(error.sentence)
    facts = {name: _shown(value) for name, value in vars(error).items()}
    try:
        return _(words, **facts)
    except (KeyError, TypeError, ValueError):
        return error.sentence


def finding_text(finding: RowFinding) -> str:
    """Why a row of a file came back, or what it carries."""
    return _(finding.reason)


def _shown(value: object) -> object:
    return in_fours(value) if isinstance(value, str) else value
