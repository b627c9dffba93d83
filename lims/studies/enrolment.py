"""What may be a participant: their code, their sex, a place in the cohort. Pure."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from lims.accounts.errors import NotAllowed
from lims.accounts.vocabulary import Action, Actor
from lims.errors import Finding
from lims.sentences import Sentence
from lims.studies.errors import CohortFull, MalformedParticipantCode, NotYet, UnknownSex
from lims.studies.protocol import Cohort
from lims.studies.vocabulary import EnrolParticipant, Sex
from lims.studies.windows import local_day

_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]{0,22}[A-Z0-9])?")
_SEXES = {"f": Sex.FEMALE, "female": Sex.FEMALE, "女": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE, "男": Sex.MALE} | {
    "u": Sex.UNKNOWN,
    "unknown": Sex.UNKNOWN,
    "intersex": Sex.INTERSEX,
}


def participant_code(given: str) -> str:
    """A participant's code as it is kept: upper case, no white space around.

    :raises MalformedParticipantCode: it could not stand on a label or in an address.
    """
    code = given.strip().upper()
    if _CODE.fullmatch(code) is None:
        raise MalformedParticipantCode(given)
    return code


def split_reference(given: str, study: str | None = None) -> tuple[str | None, str]:
    """The study, where it is said, and the code: ``ILDR-02:L07`` or ``L07``.

    :raises MalformedParticipantCode: it cannot be a participant.
    """
    named, colon, code = given.rpartition(":")
    return (named.strip().upper() or study if colon else study), participant_code(code)


def external_id(value: str) -> str:
    """An id of another study or register as it is kept and looked up: case and white space around do not matter."""
    return value.strip().upper()


def read_sex(given: str | None) -> Sex | None:
    """
    :raises UnknownSex: none of CDISC's words, nor F or M in full.
    """
    if given is None or not given.strip():
        return None
    found = _SEXES.get(given.strip().casefold())
    if found is None:
        raise UnknownSex(given)
    return found


def check_has_place(cohort: Cohort, taken: int, override_reason: str | None, actor: Actor) -> bool:
    """Whether the cohort takes one more only by override.

    :raises CohortFull: no place, and no reason why one more.
    :raises NotAllowed: a reason, but this actor may not decide it.
    """
    if taken < cohort.capacity:
        return False
    if override_reason is None or not override_reason.strip():
        raise CohortFull(cohort.code, cohort.capacity)
    if not actor.may(Action.OVERRIDE_CAPACITY):
        raise NotAllowed(actor, Action.OVERRIDE_CAPACITY)
    return True


def check_day_has_come(what: str, day: date | None, now: datetime, zone: ZoneInfo) -> None:
    """
    :raises NotYet: the day begins after today, by the study's calendar.
    """
    if day is not None and day > local_day(now, zone):
        raise NotYet(what, day)


def enrolment_warnings(command: EnrolParticipant, code: str, cohort: Cohort) -> tuple[Finding, ...]:
    """What deserves a second look."""
    warnings = []
    if not code.startswith(cohort.letter):
        warnings.append(
            Finding("code", Sentence("codes of cohort %(cohort)s begin with %(letter)s", cohort=cohort.code, letter=cohort.letter), code)
        )
    if command.consent_on is not None and command.consent_on > command.enrolled_on:
        warnings.append(Finding("consent_on", Sentence("enrolled before consent was given"), command.consent_on.isoformat()))
    return tuple(warnings)
