"""Participants: who is in which cohort, where each stands in the course, and taking one in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.studies.protocol import Cohort, Protocol
from lims.studies.queries import ParticipantFilter, anchor_of, count_in_cohorts, list_participants, treatments_of
from lims.studies.service import enrol_participant
from lims.studies.vocabulary import Dose, EnrolParticipant, ParticipantFacts, Sex
from lims.studies.windows import study_day
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _
from lims.web.problem_words import warning_text
from lims.web.study_here import cohort_word, protocol_here, study_here

_MOST = 2000


@dataclass(frozen=True, slots=True)
class CohortFill:
    """A cohort and how many of its places are taken."""

    cohort: Cohort
    taken: int


@dataclass(frozen=True, slots=True)
class Row:
    """A participant in the list: ``day`` is today's day of the course."""

    facts: ParticipantFacts
    anchor_on: date | None
    day: int | None


@web.get("/participants")
@allow(Action.READ_PARTICIPANTS)
def participants() -> ResponseReturnValue:
    """Everybody of the study, by cohort."""
    protocol, chosen = protocol_here(), request.args.get("cohort")
    if protocol is None:
        return page("no_study.html")
    with read() as (session, _actor):
        people = list_participants(session, ParticipantFilter(study=study_here().code, cohort=chosen or None), limit=_MOST)
        doses = treatments_of(session, [person.id for person in people])
        taken = count_in_cohorts(session, study_here().id)
    order = {cohort.code: number for number, cohort in enumerate(protocol.cohorts)}
    people.sort(key=lambda person: (order.get(person.cohort, len(order)), person.code))
    fills = [CohortFill(cohort, taken.get(cohort.code, 0)) for cohort in protocol.cohorts]
    return page("participants.html", rows=[_row(person, doses[person.id], protocol) for person in people], fills=fills, chosen=chosen)


def _row(person: ParticipantFacts, doses: Iterable[Dose], protocol: Protocol) -> Row:
    anchor = anchor_of(doses, protocol)
    if anchor is None:
        return Row(person, None, None)
    return Row(person, anchor.astimezone(person.zone).date(), study_day(clock.now(), anchor, person.zone))


@web.get("/participants/new")
@allow(Action.ENROL)
def new_participant() -> ResponseReturnValue:
    """The form that takes somebody in."""
    protocol = protocol_here()
    if protocol is None:
        return page("no_study.html")
    return page("participant_new.html", protocol=protocol, sexes=list(Sex))


@web.post("/participants/new")
@allow(Action.ENROL)
@act(new_participant)
def enrol() -> ResponseReturnValue:
    """Take somebody into a cohort."""
    fields = Fields(request.form)
    command = EnrolParticipant(
        code=fields.text("code", longest=24),
        cohort=fields.text("cohort", longest=64),
        enrolled_on=fields.day("enrolled_on"),
        consent_on=fields.optional_day("consent_on"),
        sex=fields.optional_text("sex"),
        carried_over_from=fields.optional_text("carried_over_from", longest=64),
        override_reason=fields.optional_text("override_reason"),
        study=study_here().code,
    )
    fields.check()
    with transaction() as (session, actor):
        taken_in = enrol_participant(session, command, actor=actor, at=clock.now())
    code = taken_in.participant.code
    warned = " ".join(warning_text(warning) for warning in taken_in.warnings)
    cohort = cohort_word(taken_in.participant.cohort)
    tell("warn" if warned else "done", _("%(code)s is enrolled in %(cohort)s.", code=code, cohort=cohort), warned)
    return go(f"/participants/{code}")
