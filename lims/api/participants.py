"""Endpoints of participants: enrol, consent, treat, and what is known of them. Nobody's name is ever here."""

from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Day, Instant, Name, Note
from lims.api.filters import check_filters
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, page_of
from lims.api.pointers import pointed, pointing
from lims.api.remarks import WarningOut, warnings_of
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.specimens.queries import collected_times
from lims.studies import queries, service
from lims.studies.vocabulary import ConsentKind, EnrolParticipant, ParticipantFacts, RecordConsent, Recorded, RecordTreatment

participants = Blueprint("participants", "Participants by their pseudonymous codes, their consent and their treatments.")

_MOST_IDS = 20
_OF_DOSE = {"given_at": "at", "treatment": "kind"}


class ExternalIds(fields.Dict):
    """What other studies and registers call somebody: ``{"ILDR-01": "01-07"}``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=Name(), values=Name(), metadata={"description": 'By study or register: {"ILDR-01": "01-07"}'}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict) and len(value) > _MOST_IDS:
            raise ValidationError(f"At most {_MOST_IDS}.")
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's own is untyped
        except ValidationError as error:
            raise ValidationError(_by_name(error.messages)) from error


def _by_name(messages: Any) -> Any:
    """What is wrong with names and their values, without marshmallow's ``key`` and ``value`` between: nothing like that was sent."""
    if not isinstance(messages, dict):
        return messages
    return {name: [said for part in found.values() for said in part] for name, found in messages.items()}


class ParticipantIn(Schema):
    """Somebody to enrol."""

    code = Name(required=True)
    cohort = Name(required=True)
    enrolled_on = Day(required=True)
    consent_on = Day(load_default=None, allow_none=True)
    sex = Name(16, load_default=None, allow_none=True, metadata={"description": "F, M, U or INTERSEX"})
    carried_over_from = Name(load_default=None, allow_none=True, metadata={"description": "The earlier study they come from"})
    external_ids = ExternalIds(load_default=dict, allow_none=True)
    override_reason = Note(load_default=None, allow_none=True, metadata={"description": "Why a full cohort takes one more"})
    study = Name(load_default=None, allow_none=True, metadata={"description": "Where several studies are here"})


class ConsentIn(Schema):
    """What a participant said."""

    kind = Choice(*ConsentKind, required=True)
    on = Day(required=True)
    reason = Note(load_default=None, allow_none=True)


class TreatmentIn(Schema):
    """A dose given."""

    kind = Name(required=True, metadata={"description": "A treatment of the protocol: ildr, icb"})
    at = Instant(required=True)


class ParticipantOut(Schema):
    """A participant as they stand."""

    code = fields.String(required=True)
    study = fields.String(required=True)
    cohort = fields.String(required=True)
    sex = fields.String(required=True, allow_none=True)
    enrolled_on = Day(required=True)
    consent_on = Day(required=True, allow_none=True)
    withdrawn_on = Day(required=True, allow_none=True)
    off_study_on = Day(required=True, allow_none=True)
    carried_over_from = fields.String(required=True, allow_none=True)


class RecordedOut(ParticipantOut):
    """A participant as they stand after what was recorded, the event that says so, and what deserves a second look."""

    event = fields.Integer(required=True)
    flags = fields.List(fields.String(), required=True)
    warnings = fields.List(fields.Nested(WarningOut), required=True)


class DoseOut(Schema):
    """A dose given."""

    kind = fields.String(required=True)
    at = Instant(required=True)


class ConsentOut(Schema):
    """What a participant said."""

    kind = fields.String(required=True)
    on = Day(required=True)
    reason = fields.String(required=True, allow_none=True)


class ParticipantCourse(ParticipantOut):
    """A participant with what was given to them and what they said."""

    external_ids = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    treatments = fields.List(fields.Nested(DoseOut), required=True)
    consents = fields.List(fields.Nested(ConsentOut), required=True)


class ParticipantsIn(PageIn):
    """Which participants."""

    cohort = Name(load_default=None)
    study = Name(load_default=None)
    q = Name(load_default=None, metadata={"description": "The beginning of a code"})


class ParticipantsOut(Schema):
    """A page of participants, by code."""

    items = fields.List(fields.Nested(ParticipantOut), required=True)
    next = fields.String(required=True, allow_none=True)


@participants.post("/participants")
@participants.arguments(ParticipantIn)
@participants.response(201, RecordedOut)
@allow(Action.ENROL)
def enrol(body: dict[str, Any]) -> dict[str, Any]:
    """Enrol a participant into a cohort."""
    command = EnrolParticipant(**body | {"external_ids": tuple((body["external_ids"] or {}).items())})
    with pointing(earlier_study="carried_over_from"), transaction() as (session, actor):
        return recorded(service.enrol_participant(session, command, actor=actor, at=clock.now()))


@participants.get("/participants")
@participants.arguments(ParticipantsIn, location="query")
@participants.response(200, ParticipantsOut)
@allow(Action.READ_PARTICIPANTS)
def list_participants(query: dict[str, Any]) -> Any:
    """Participants, by code."""
    wanted = queries.ParticipantFilter(study=query["study"], cohort=query["cohort"], code_begins=query["q"])
    with read() as (session, _):
        found = queries.list_participants(session, wanted, after=cursor_keys(query["cursor"], str, int), limit=query["limit"] + 1)
        if not found:
            check_filters(session, query)
    return json_answer(page_of(found, query["limit"], participant_row, lambda one: (one.code, one.id)))


@participants.get("/participants/<participant>")
@participants.response(200, ParticipantCourse)
@allow(Action.READ_PARTICIPANTS)
def show_participant(participant: str) -> dict[str, Any]:
    """A participant, their treatments and consent."""
    with read() as (session, _):
        found = queries.get_participant(session, participant)
        doses = queries.treatments_of(session, [found.id])[found.id]
        ids = queries.external_ids_of(session, [found.id]).get(found.id, [])
        said = queries.list_consents(session, found.id)
    return _facts(found) | {
        "external_ids": dict(ids),
        "treatments": [{"kind": dose.kind, "at": dose.given_at} for dose in doses],
        "consents": said,
    }


@participants.post("/participants/<participant>/consent")
@participants.arguments(ConsentIn)
@participants.response(201, RecordedOut)
@allow(Action.ENROL)
def record_consent(body: dict[str, Any], participant: str) -> dict[str, Any]:
    """Record that consent was given, or withdrawn. A withdrawal blocks everything from that day."""
    command = RecordConsent(participant=participant, kind=ConsentKind(body["kind"]), on=body["on"], reason=body["reason"])
    with transaction() as (session, actor):
        return recorded(service.record_consent(session, command, actor=actor, at=clock.now()))


@participants.post("/participants/<participant>/treatments")
@participants.arguments(TreatmentIn)
@participants.response(201, RecordedOut)
@allow(Action.ENROL)
def record_treatment(body: dict[str, Any], participant: str) -> dict[str, Any]:
    """Record a dose: the anchor every day counts from, or one that follows it."""
    command = RecordTreatment(participant=participant, kind=body["kind"], given_at=body["at"])
    with pointing(**_OF_DOSE), transaction() as (session, actor):
        done = service.record_treatment(session, command, actor=actor, at=clock.now(), collected=collected_times)
        return recorded(replace(done, warnings=tuple(pointed(warning, _OF_DOSE) for warning in done.warnings)))


def participant_row(one: ParticipantFacts) -> dict[str, Any]:
    """A participant as a list shows them; agrees with :class:`ParticipantOut`."""
    return {
        "code": one.code,
        "study": one.study_code,
        "cohort": one.cohort,
        "sex": one.sex,
        "enrolled_on": one.enrolled_on.isoformat(),
        "consent_on": one.consent_on and one.consent_on.isoformat(),
        "withdrawn_on": one.withdrawn_on and one.withdrawn_on.isoformat(),
        "off_study_on": one.off_study_on and one.off_study_on.isoformat(),
        "carried_over_from": one.carried_over_from,
    }


def recorded(done: Recorded) -> dict[str, Any]:
    """What came of an act on a participant."""
    return _facts(done.participant) | {"event": done.event.id, "flags": list(done.flags), "warnings": warnings_of(done.warnings)}


def _facts(one: ParticipantFacts) -> dict[str, Any]:
    names = ("code", "cohort", "sex", "enrolled_on", "consent_on", "withdrawn_on", "off_study_on", "carried_over_from")
    return {name: getattr(one, name) for name in names} | {"study": one.study_code}
