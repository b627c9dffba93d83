"""Why a tube cannot be used, or a pair is not complete, in the language of the page."""

from collections.abc import Callable

from lims.pairs.vocabulary import Reason
from lims.web.messages import _
from lims.web.study_here import assay_word, container_word, flag_word, purpose_word, reason_word, treatment_word, type_word
from lims.web.words import milestone_word

_NAMED: dict[str, Callable[[str], str]] = {
    "flag": flag_word,
    "assay": assay_word,
    "purpose": purpose_word,
    "type": type_word,
    "fed_by": type_word,
    "treatment": treatment_word,
    "why": reason_word,
    "milestone": milestone_word,
    "pre": container_word,
    "post": container_word,
}
"""Facts that are codes of the protocol, one or several, by their name; any other is put in as it is."""


def reason_text(reason: Reason) -> str:
    """A reason in the language of the page."""
    return _(reason.template, **{name: _named(name, value) for name, value in reason.facts})


def _named(name: str, value: str) -> str:
    word = _NAMED.get(name)
    return value if word is None else ", ".join(word(code) for code in value.split(", "))
