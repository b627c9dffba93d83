"""What a refusal is called in the language of the page: by its code, with its facts put in."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from lims.errors import Finding, LimsError
from lims.ids import in_fours
from lims.imports.vocabulary import RowFinding
from lims.sentences import Sentence
from lims.specimens.vocabulary import Remark
from lims.web.languages import language
from lims.web.messages import _
from lims.web.refusal_words import REFUSALS, REMARKS
from lims.web.study_here import assay_word, cohort_word, container_word, flag_word, protocol_here, treatment_word, type_word
from lims.web.wording import amount, day, moment
from lims.web.words import container_by_name, form_word, milestone_word, role_word, sort_word, state_word

_NAMED: dict[str, Callable[[str], str]] = {
    "state": state_word,
    "assay": assay_word,
    "cohort": cohort_word,
    "specimen_type": type_word,
    "wanted": lambda code: sort_word(type_word(code)),
    "parent_type": type_word,
    "made_of": type_word,
    "material": type_word,
    "kept_for": lambda codes: "、".join(type_word(code) for code in codes.split(",")),
    "labelled_type": type_word,
    "labelled": form_word,
    "flag": flag_word,
    "treatment": treatment_word,
    "other": treatment_word,
    "milestone": milestone_word,
    "tube": container_word,
    "box": container_by_name,
    "thing": container_by_name,
    "places": container_by_name,
    "what": sort_word,
    "field": sort_word,
    "kind": sort_word,
    "role": role_word,
}
"""Facts that are codes of ours or of the protocol, by their name; any other text is put in as it is."""
_AMOUNTS = {"has", "needs"}


def say(sentence: str) -> str:
    """A sentence of a room in the language of the page: by its template, with its facts put in."""
    if language() == "en":
        return str(sentence)
    return _from(sentence.template, sentence.facts) if isinstance(sentence, Sentence) else _(sentence)


def sentence_of(error: LimsError) -> str:
    """The sentence for a person, translated where it is known by its code; else as the room says it."""
    words = REFUSALS.get(error.code)
    if language() == "en" or words is None:
        return say(error.sentence)
    try:
        return _from(words, vars(error))
    except KeyError:
        return say(error.sentence)


def remark_text(remark: Remark) -> str:
    """What deserves a second look: as the room says it, or in another language by its code."""
    if language() == "en" or isinstance(remark.sentence, Sentence):
        return say(remark.sentence)
    if remark.code in REMARKS:
        return _(REMARKS[remark.code])
    return _("Marked: %(flag)s.", flag=flag_word(remark.code))


def warning_text(warning: Finding) -> str:
    """The same of something given."""
    sentence = say(warning.sentence)
    return f"{sentence[:1].upper()}{sentence[1:]}" + _(".")


def finding_text(finding: RowFinding) -> str:
    """Why a row of a file came back, or what it carries: by its own template, else by its code; a flag by its name in the protocol."""
    if language() == "en":
        return finding.reason
    protocol = protocol_here()
    words = finding.template or REFUSALS.get(finding.code) or REMARKS.get(finding.code)
    if words is None and protocol and protocol.find_nonconformance(finding.code):
        return _("Marked: %(flag)s.", flag=flag_word(finding.code))
    try:
        return _from(words, finding.facts) if words else _(finding.reason)
    except KeyError:  # a report from before its facts were kept
        return finding.reason


def _from(template: str, facts: Mapping[str, Any]) -> str:
    """A template in the language of the page, with its facts as a page writes them."""
    words = _(template)
    return words % _facts(facts) if "%(" in words else words


def _facts(fields: Mapping[str, Any]) -> dict[str, str]:
    unit = fields.get("unit")
    return {
        name: amount(value, unit) if name in _AMOUNTS and isinstance(value, int) and unit else _shown(name, value)
        for name, value in fields.items()
    }


def _shown(name: str, value: object) -> str:
    match value:
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case Sentence():
            return say(value)
        case str():
            return _NAMED[name](value) if name in _NAMED else in_fours(value)
        case dict() | list() | tuple():
            return ", ".join(in_fours(str(one)) for one in value)
        case _:
            return str(value)
