"""The study whose words, days and zone a page is in, and its words in the language of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import g, request

from lims.http_context import database
from lims.studies.protocol import RESERVE, UNIT_DIMENSIONS, Named, Protocol
from lims.studies.queries import list_studies, protocol_of_version
from lims.web.languages import language
from lims.web.messages import _


@dataclass(frozen=True, slots=True)
class StudyHere:
    """The study of this page; without a protocol where none is loaded yet."""

    id: int
    code: str
    zone: ZoneInfo
    protocol: Protocol | None
    others: tuple[str, ...] = ()

    def word(self, rows: Iterable[Named], code: str | None) -> str:
        """What ``rows`` call a code, in the language of the page; the code itself where they do not know it."""
        found = next((row for row in rows if row.code == code), None)
        return found.name_in(language()) if found else (code or "–")


def study_here() -> StudyHere:
    """The study, found once a request: the one this device chose, else the first by code."""
    found: StudyHere | None = g.get("study_here")
    if found is None:
        found = g.study_here = _find()
        g.zone = found.zone
    return found


def use_study(code: str) -> None:
    """Speak the words of another study than the one chosen, on a page about a thing of it."""
    if study_here().code != code:
        g.study_here = _find(code)
        g.zone = g.study_here.zone


def protocol_here() -> Protocol | None:
    """The protocol of the page's study."""
    return study_here().protocol


def type_word(code: str) -> str:
    """A specimen type."""
    protocol = protocol_here()
    return study_here().word(protocol.specimen_types if protocol else (), code)


def short_type(code: str) -> str:
    """A specimen type in its three letters, as on a label."""
    protocol = protocol_here()
    found = protocol.find_specimen_type(code) if protocol else None
    return found.short if found else code[:3].upper()


def cohort_word(code: str) -> str:
    """A cohort."""
    protocol = protocol_here()
    return study_here().word(protocol.cohorts if protocol else (), code)


def timepoint_word(code: str) -> str:
    """A timepoint."""
    protocol = protocol_here()
    return study_here().word(protocol.timepoints if protocol else (), code)


def assay_word(code: str | None) -> str:
    """An assay, or what else a tube may be for."""
    protocol = protocol_here()
    return study_here().word(protocol.assays if protocol else (), code)


def purpose_word(code: str | None) -> str:
    """What a tube was made for: an assay, the reserve, or anything its type feeds."""
    if code is None:
        return _("any assay")
    return _("reserve") if code == RESERVE else assay_word(code)


def units_of(specimen_type: str) -> list[str]:
    """The units a material is measured in, the usual one first."""
    protocol = protocol_here()
    found = protocol.find_specimen_type(specimen_type) if protocol else None
    units = [unit for unit, dimension in UNIT_DIMENSIONS.items() if found is None or dimension is found.dimension]
    usual = {"volume": "mL", "cells": "10^6"}.get(found.dimension, units[0]) if found else units[0]
    return sorted(units, key=lambda unit: unit != usual)


def flag_word(code: str) -> str:
    """A nonconformance."""
    protocol = protocol_here()
    return study_here().word(protocol.nonconformances if protocol else (), code)


def treatment_word(code: str) -> str:
    """A treatment."""
    protocol = protocol_here()
    return study_here().word(protocol.treatments if protocol else (), code)


def container_word(code: str | None) -> str:
    """A kind of tube or fixative."""
    protocol = protocol_here()
    return study_here().word(protocol.containers if protocol else (), code)


def storage_word(code: str | None) -> str:
    """A place to keep specimens at."""
    protocol = protocol_here()
    return study_here().word(protocol.storage if protocol else (), code)


def reason_word(code: str | None) -> str:
    """Why something was not collected."""
    protocol = protocol_here()
    return study_here().word(protocol.not_collected if protocol else (), code)


def side_of(timepoint: str) -> str | None:
    """Which half of a pair a timepoint is: ``pre``, ``post`` or neither."""
    protocol = protocol_here()
    found = protocol.find_timepoint(timepoint) if protocol else None
    return found.side.value if found and found.side else None


def hue_of(cohort: str) -> int | None:
    """The hue of a cohort: the first three have one each, further ones are known by their letter alone."""
    protocol = protocol_here()
    codes = [row.code for row in protocol.cohorts[:3]] if protocol else []
    return codes.index(cohort) + 1 if cohort in codes else None


def hue_of_participant(code: str) -> int | None:
    """The hue of a participant, by the letter that begins the code."""
    protocol = protocol_here()
    found = next((row for row in protocol.cohorts if code.startswith(row.letter)), None) if protocol else None
    return hue_of(found.code) if found else None


WORDS = {
    word.__name__: word
    for word in (
        type_word,
        short_type,
        cohort_word,
        timepoint_word,
        assay_word,
        purpose_word,
        units_of,
        flag_word,
        treatment_word,
        container_word,
        storage_word,
        reason_word,
        side_of,
        hue_of,
        hue_of_participant,
    )
}


def _find(wanted: str | None = None) -> StudyHere:
    with database().read() as session:
        studies = list_studies(session)
        if not studies:
            return StudyHere(0, "LIMS", ZoneInfo("UTC"), None)
        chosen = next((study for study in studies if study.code == (wanted or request.cookies.get("lims_study"))), studies[0])
        protocol = protocol_of_version(session, chosen.protocol_version_id)
    return StudyHere(chosen.id, chosen.code, chosen.zone, protocol, tuple(study.code for study in studies if study is not chosen))
