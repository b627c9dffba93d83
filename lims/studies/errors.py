"""What may go wrong with studies, participants, consent and treatments."""

from collections.abc import Sequence
from datetime import date, datetime

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.sentences import Sentence


class UnknownStudy(NotFound):
    """No study has that code."""

    code = "studies.unknown-study"

    def __init__(self, study: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no study {study!r}. Known: {', '.join(known) or 'none; load its protocol first'}.")
        self.study, self.known = study, tuple(known)


class StudyNotNamed(InvalidInput):
    """Several studies, and nobody said which."""

    code = "studies.study-not-named"

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(f"Say which study: {', '.join(known)}.", (Finding("study", Sentence("several studies are here")),))
        self.known = tuple(known)


class NoStudy(NotFound):
    """Nothing is loaded yet."""

    code = "studies.no-study"

    def __init__(self) -> None:
        super().__init__("No study is here yet. Load its protocol first: lims protocol load FILE.")


class VersionTaken(Conflict):
    """Another text was loaded under that version."""

    code = "studies.version-taken"

    def __init__(self, study: str, version: str) -> None:
        super().__init__(
            f"Version {version} of {study} was loaded before with another text, and stays as it was. Raise the version in the file."
        )
        self.study, self.version = study, version


class StillInUse(RuleViolation):
    """An amendment drops what participants have."""

    code = "studies.still-in-use"

    def __init__(self, what: str, codes: Sequence[str]) -> None:
        super().__init__(f"Participants have {what} {', '.join(codes)}, which this version lacks. Keep it in the file.")
        self.what, self.codes = what, tuple(codes)


class LoadedMeanwhile(Conflict):
    """Two people loaded the first protocol of one study at the same moment."""

    code = "studies.loaded-meanwhile"

    def __init__(self, study: str) -> None:
        super().__init__(f"Somebody has just loaded a protocol of {study}. Load yours again.")
        self.study = study


class MalformedParticipantCode(InvalidInput):
    """A code that cannot be a participant's."""

    code = "studies.malformed-participant-code"

    def __init__(self, given: str) -> None:
        sentence = Sentence("a code is 1 to 24 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends")
        super().__init__(f"{given[:40]!r} cannot be a participant: {sentence}.", (Finding("code", sentence, given[:40]),))
        self.given = given[:40]


class UnknownParticipant(NotFound):
    """Nobody has that code."""

    code = "studies.unknown-participant"

    def __init__(self, given: str, near: str | None = None) -> None:
        advice = f"Did you mean {near}?" if near else "Check the code, or enrol them first."
        super().__init__(f"No participant is called {given[:40]}. {advice}")
        self.given, self.nearest = given[:40], near


class AmbiguousParticipant(Conflict):
    """Several studies have a participant of that code."""

    code = "studies.ambiguous-participant"

    def __init__(self, given: str, studies: Sequence[str]) -> None:
        super().__init__(f"{given} is in {' and in '.join(studies)}. Write {studies[0]}:{given}.")
        self.given, self.studies = given, tuple(studies)


class ParticipantExists(Conflict):
    """The code is taken."""

    code = "studies.participant-exists"

    def __init__(self, study: str, participant: str) -> None:
        super().__init__(f"{participant} is enrolled in {study} already. Check the code; it is never given twice.")
        self.study, self.participant = study, participant


class ExternalIdTaken(Conflict):
    """Another participant has that id of another study."""

    code = "studies.external-id-taken"

    def __init__(self, system: str, value: str) -> None:
        super().__init__(f"{value} of {system} is another participant already. Check the id.")
        self.system, self.value = system, value


class UnknownSex(InvalidInput):
    """A word for sex that is none of CDISC's."""

    code = "studies.unknown-sex"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{given[:40]!r} is no sex: write F, M, U or INTERSEX.", (Finding("sex", Sentence("none of F, M, U, INTERSEX"), given[:40]),)
        )
        self.given = given[:40]


class CohortFull(RuleViolation):
    """Every place of the cohort is taken."""

    code = "studies.cohort-full"

    def __init__(self, cohort: str, capacity: int) -> None:
        super().__init__(
            f"Cohort {cohort} is full: all {capacity} places are taken. A coordinator may enrol one more by saying why (override_reason)."
        )
        self.cohort, self.capacity = cohort, capacity


class NotYet(InvalidInput):
    """A day or an instant that has not come."""

    code = "studies.not-yet"

    def __init__(self, what: str, given: date | datetime) -> None:
        shown = f"{given:%Y-%m-%d %H:%M}" if isinstance(given, datetime) else given.isoformat()
        super().__init__(f"{shown} has not come yet. Give the day it happened.", (Finding(what, Sentence("it has not come yet"), shown),))
        self.what, self.given = what, given


class ConsentWithdrawn(RuleViolation):
    """From the day consent was withdrawn, nothing more is done."""

    code = "studies.consent-withdrawn"

    def __init__(self, participant: str, withdrawn_on: date) -> None:
        super().__init__(f"{participant} withdrew consent on {withdrawn_on.isoformat()}. Nothing of them is taken or used from that day.")
        self.participant, self.withdrawn_on = participant, withdrawn_on


class ConsentOutOfOrder(InvalidInput):
    """A withdrawal before there was consent, or consent anew before the withdrawal."""

    code = "studies.consent-out-of-order"

    def __init__(self, sentence: str, on: date) -> None:
        super().__init__(f"{sentence} Check the day.", (Finding("on", Sentence("before what it follows"), on.isoformat()),))
        self.on = on


class OffStudyAlready(RuleViolation):
    """They have left."""

    code = "studies.off-study-already"

    def __init__(self, participant: str, on: date) -> None:
        super().__init__(f"{participant} is off study since {on.isoformat()}. There is nothing to do.")
        self.participant, self.on = participant, on


class AnchorGivenAlready(RuleViolation):
    """The treatment all days count from is given once."""

    code = "studies.anchor-given-already"

    def __init__(self, participant: str, kind: str, given_at: datetime) -> None:
        super().__init__(f"{participant} had {kind} on {given_at:%Y-%m-%d at %H:%M}, and it is given once. To change its time, correct it.")
        self.participant, self.kind, self.given_at = participant, kind, given_at


class DoseRecordedAlready(Conflict):
    """The same dose twice."""

    code = "studies.dose-recorded-already"

    def __init__(self, participant: str, kind: str, given_at: datetime) -> None:
        super().__init__(f"{kind} of {participant} on {given_at:%Y-%m-%d at %H:%M} is recorded already. There is nothing to do.")
        self.participant, self.kind, self.given_at = participant, kind, given_at


class UnknownDose(NotFound):
    """No such dose to correct."""

    code = "studies.unknown-dose"

    def __init__(self, participant: str, kind: str, given_at: datetime) -> None:
        super().__init__(f"{participant} has no {kind} on {given_at:%Y-%m-%d at %H:%M}. Look the time up on the participant's page.")
        self.participant, self.kind, self.given_at = participant, kind, given_at
