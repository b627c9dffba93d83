"""What a refusal is called in the language of the page: by its code, with its facts put in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from lims.errors import Finding, LimsError
from lims.ids import in_fours
from lims.imports.vocabulary import RowFinding
from lims.specimens.vocabulary import Remark
from lims.web.languages import language
from lims.web.messages import _
from lims.web.refusal_words import REFUSALS, REMARKS
from lims.web.study_here import assay_word, cohort_word, flag_word, protocol_here, type_word
from lims.web.wording import amount, day, moment
from lims.web.words import state_word

_NAMED = {
    "state": state_word,
    "assay": assay_word,
    "cohort": cohort_word,
    "specimen_type": type_word,
    "wanted": type_word,
    "parent_type": type_word,
    "flag": flag_word,
}
_AMOUNTS = {"has", "needs"}


def sentence_of(error: LimsError) -> str:
    """The sentence for a person, translated where it is known by its code; else as the room says it."""
    words = REFUSALS.get(error.code)
    if language() == "en":
        return error.sentence
    if words is None:
        return _(error.sentence)
    try:
        return _(words, **_facts(vars(error)))
    except KeyError:
        return error.sentence


def remark_text(remark: Remark) -> str:
    """What deserves a second look: as the room says it, or in another language by its code."""
    if language() == "en":
        return remark.sentence
    if remark.code in REMARKS:
        return _(REMARKS[remark.code])
    return _("Marked: %(flag)s.", flag=flag_word(remark.code))


def warning_text(warning: Finding) -> str:
    """The same of something given."""
    sentence = _(warning.sentence)
    return f"{sentence[:1].upper()}{sentence[1:]}" + _(".")


def finding_text(finding: RowFinding) -> str:
    """Why a row of a file came back, or what it carries: a flag of the protocol by its name there."""
    protocol = protocol_here()
    if language() != "en" and protocol and protocol.find_nonconformance(finding.code):
        return flag_word(finding.code)
    return _(finding.reason)


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
        case str():
            return _NAMED[name](value) if name in _NAMED else in_fours(value)
        case dict() | list() | tuple():
            return ", ".join(in_fours(str(one)) for one in value)
        case _:
            return str(value)
