"""One participant: the course with what is there and what is missing, consent, treatments, tubes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.http_context import allow, read, transaction
from lims.kits.queries import KitFilter, list_kits
from lims.specimens.collected import Collected, collections_of
from lims.studies.protocol import CollectionPlan, Protocol, Timepoint
from lims.studies.queries import anchor_of, external_ids_of, get_participant, list_consents, treatments_of
from lims.studies.service import record_consent, record_treatment, take_off_study
from lims.studies.vocabulary import ConsentKind, ParticipantFacts, RecordConsent, Recorded, RecordTreatment, TakeOffStudy
from lims.studies.windows import study_day, target_date, window_dates
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.happenings import happenings
from lims.web.kits import kit_state_word
from lims.web.label_history import count_unproven_of
from lims.web.messages import _
from lims.web.problem_words import warning_text
from lims.web.study_here import flag_word, protocol_here, treatment_word, use_study
from lims.web.wording import today

KITS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """A timepoint of the course: its window, whether it is open today, and what was collected at it of each planned type."""

    timepoint: Timepoint
    first: date | None
    last: date | None
    target: date | None
    standing: str
    cells: tuple[tuple[CollectionPlan, bool, Sequence[Collected]], ...]

    @property
    def missing(self) -> list[CollectionPlan]:
        """What is planned here and neither taken nor recorded as not taken."""
        return [plan for plan, planned, collected in self.cells if planned and not collected]


@web.get("/participants/<code>")
@allow(Action.READ_PARTICIPANTS)
def participant(code: str) -> ResponseReturnValue:
    """What there is of somebody, and what is missing."""
    at = clock.now()
    with read() as (session, _actor):
        person = get_participant(session, code)
        doses = treatments_of(session, [person.id])[person.id]
        collected = collections_of(session, person.id)
        facts: dict[str, Any] = {
            "consents": list_consents(session, person.id),
            "external_ids": external_ids_of(session, [person.id]).get(person.id, []),
            "history": happenings(list_events(session, person.id)),
            "doses": doses,
            "unproven": count_unproven_of(session, person.id),
            "kits": list_kits(session, KitFilter(study=person.study_code, participant=person.code), limit=KITS_SHOWN),
        }
    use_study(person.study_code)
    protocol = protocol_here()
    if protocol is None:
        return page("no_study.html")
    anchor = anchor_of(doses, protocol)
    visits = [_visit(timepoint, protocol, person, anchor, collected) for timepoint in protocol.timepoints]
    day = None if anchor is None else study_day(at, anchor, person.zone)
    return page(
        "participant.html",
        person=person,
        visits=visits,
        day=day,
        headline=_headline(person, visits),
        protocol=protocol,
        kit_state=kit_state_word,
        **facts,
    )


def _visit(
    timepoint: Timepoint,
    protocol: Protocol,
    person: ParticipantFacts,
    anchor: datetime | None,
    collected: Mapping[tuple[str, str], Sequence[Collected]],
) -> Visit:
    first, last = window_dates(timepoint, anchor, person.zone) or (None, None)
    cells = tuple(
        (plan, timepoint.code in plan.timepoints, tuple(collected.get((timepoint.code, plan.specimen_type), ())))
        for plan in protocol.collections
    )
    return Visit(timepoint, first, last, target_date(timepoint, anchor, person.zone), _standing(first, last), cells)


def _standing(first: date | None, last: date | None) -> str:
    """``later``, ``open``, ``last day``, ``past``; ``none`` without a window or a date to count from."""
    now = today()
    if first is None or last is None:
        return "none"
    if now < first:
        return "later"
    if now > last:
        return "past"
    return "today" if now == last else "open"


def _headline(person: ParticipantFacts, visits: Sequence[Visit]) -> str:
    if person.withdrawn_on is not None:
        return _("%(code)s withdrew consent: nothing more is taken", code=person.code)
    if person.off_study_on is not None:
        return _("%(code)s has left the study", code=person.code)
    for visit in visits:
        if visit.standing == "today" and visit.missing:
            return _("%(timepoint)s closes today for %(code)s", timepoint=visit.timepoint.code, code=person.code)
    for visit in visits:
        if visit.standing == "open" and visit.missing:
            return _("%(timepoint)s is open for %(code)s", timepoint=visit.timepoint.code, code=person.code)
    coming = next((visit for visit in visits if visit.standing == "later" and visit.missing), None)
    if coming is not None:
        return _("%(timepoint)s is next for %(code)s", timepoint=coming.timepoint.code, code=person.code)
    if all(visit.first is None for visit in visits):
        return _("%(code)s has no treatment date yet", code=person.code)
    return _("Nothing is due for %(code)s", code=person.code)


@web.post("/participants/<code>/treatments")
@allow(Action.ENROL)
@act(participant)
def add_treatment(code: str) -> ResponseReturnValue:
    """Write a dose down."""
    fields = Fields(request.form)
    command = RecordTreatment(participant=code, kind=fields.text("kind"), given_at=fields.moment("given_at"))
    fields.check()
    with transaction() as (session, actor):
        recorded = record_treatment(session, command, actor=actor, at=clock.now(), collected=_collected_when)
    _tell_recorded(_("%(treatment)s is recorded.", treatment=treatment_word(command.kind)), recorded)
    return go(f"/participants/{code}")


@web.post("/participants/<code>/consent")
@allow(Action.ENROL)
@act(participant)
def add_consent(code: str) -> ResponseReturnValue:
    """Write down what a participant said."""
    fields = Fields(request.form)
    kind, on = fields.one_of("consent", list(ConsentKind)), fields.day("on")
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        command = RecordConsent(participant=code, kind=ConsentKind(kind), on=on, reason=reason)
        recorded = record_consent(session, command, actor=actor, at=clock.now())
    given = kind == ConsentKind.GIVEN
    _tell_recorded(_("Consent is recorded.") if given else _("The withdrawal is recorded. Set the tubes aside to be destroyed."), recorded)
    return go(f"/participants/{code}")


@web.post("/participants/<code>/off-study")
@allow(Action.ENROL)
@act(participant)
def leave_study(code: str) -> ResponseReturnValue:
    """Somebody leaves the study; what was collected stays."""
    fields = Fields(request.form)
    command = TakeOffStudy(participant=code, on=fields.day("off_on"), reason=fields.text("off_reason"))
    fields.check()
    with transaction() as (session, actor):
        recorded = take_off_study(session, command, actor=actor, at=clock.now())
    _tell_recorded(_("%(code)s is off study.", code=code), recorded)
    return go(f"/participants/{code}")


def _collected_when(session: Session, participant_id: int) -> list[tuple[str, datetime | None]]:
    taken = collections_of(session, participant_id).values()
    return [(one.timepoint, one.collected_at) for collected in taken for one in collected]


def _tell_recorded(title: str, recorded: Recorded) -> None:
    flags = [flag_word(flag) for flag in recorded.flags]
    more = [warning_text(warning) for warning in recorded.warnings]
    tell("warn" if flags or more else "done", title, " ".join([*(_("Marked: %(flag)s.", flag=flag) for flag in flags), *more]))
