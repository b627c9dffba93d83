"""Registering a collection: who, when, what; the tubes that came, and the tubes the plan makes of them, in one act."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action, Actor
from lims.http_context import allow, read, transaction
from lims.kits.collecting import derive_aliquots, register_collection
from lims.specimens.registration import record_not_collected
from lims.specimens.vocabulary import DeriveAliquots, NewTube, PrimaryTube, RecordNotCollected, RegisterCollection, Registered
from lims.studies.protocol import AliquotPlan, CollectionPlan, Protocol
from lims.studies.queries import ParticipantFilter, get_participant, list_participants
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural
from lims.web.problem_words import remark_text
from lims.web.study_here import protocol_here, study_here, type_word
from lims.web.wording import field_moment

MOST_OF_A_KIND = 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is collected: chosen step by step, in the address."""

    participant: str
    timepoint: str
    plan: CollectionPlan
    aliquots: tuple[AliquotPlan, ...]


@web.get("/collect")
@allow(Action.REGISTER)
def collect() -> ResponseReturnValue:
    """First who and what, then the form that fits it."""
    protocol = protocol_here()
    if protocol is None:
        return page("no_study.html")
    asked = request.values
    with read() as (session, _actor):
        wanted = ParticipantFilter(study=study_here().code, withdrawn=False)
        people = [person.code for person in list_participants(session, wanted, limit=2000)]
        person = get_participant(session, asked["participant"]) if asked.get("participant") else None
    chosen = _chosen(protocol, person.code, asked.get("timepoint", ""), asked.get("type", "")) if person else None
    facts: dict[str, Any] = {"protocol": protocol, "people": people, "participant": person, "timepoint": asked.get("timepoint", "")}
    if chosen is None:
        return page("collect.html", plans=protocol.collections, **facts)
    return page("collect_tubes.html", chosen=chosen, now_field=field_moment(clock.now()), defaults=_defaults(chosen), **facts)


@web.post("/collect")
@allow(Action.REGISTER)
@act(collect)
def take_collection() -> ResponseReturnValue:
    """Register the tubes and make the planned ones of them, all or nothing."""
    protocol = protocol_here()
    fields = Fields(request.form)
    command = _collection(fields, protocol)
    makes = _to_make(fields, protocol, command) if protocol else []
    fields.check()
    with transaction() as (session, actor):
        registered = register_collection(session, command, actor=actor, at=clock.now())
        made = _make(session, makes, registered, actor)
    _tell(command, registered, made)
    return go(f"/specimens?collection={registered.id}&fresh=1")


@web.post("/collect/not")
@allow(Action.REGISTER)
@act(collect)
def take_not_collected() -> ResponseReturnValue:
    """Write down that nothing was taken, and why."""
    fields = Fields(request.form)
    participant, timepoint, type_ = (fields.text(name, longest=64) for name in ("participant", "timepoint", "type"))
    command = RecordNotCollected(
        participant=participant,
        timepoint=timepoint,
        specimen_type=type_,
        reason=fields.text("why_not", longest=64),
        note=fields.optional_text("why_note"),
        study=study_here().code,
    )
    fields.check()
    with transaction() as (session, actor):
        record_not_collected(session, command, actor=actor, at=clock.now())
    tell(
        "done",
        _(
            "Recorded: %(type)s of %(code)s was not collected at %(timepoint)s.",
            type=type_word(type_),
            code=participant,
            timepoint=timepoint,
        ),
    )
    return go(f"/participants/{participant}")


def _chosen(protocol: Protocol, participant: str, timepoint: str, type_: str) -> Chosen | None:
    plan, found = protocol.find_collection_plan(type_), protocol.find_timepoint(timepoint)
    if plan is None or found is None:
        return None
    return Chosen(participant, found.code, plan, plan.aliquots_at(found.code) if plan.divided else ())


def _defaults(chosen: Chosen) -> dict[str, str]:
    """What the plan proposes."""
    values = {"container": chosen.plan.container, "tubes": str(chosen.plan.tubes), "collected_at": "", "make": "yes"}
    for number, plan in enumerate(chosen.aliquots):
        values |= {f"count-{number}": str(plan.count), f"amount-{number}": f"{plan.amount.normalize():f}"}
    for number in range(MOST_OF_A_KIND):
        values[f"volume-{number}"] = "" if chosen.plan.volume is None else f"{chosen.plan.volume.normalize():f}"
    return values


def _collection(fields: Fields, protocol: Protocol | None) -> RegisterCollection:
    type_ = fields.text("type", longest=64)
    plan = protocol.find_collection_plan(type_) if protocol else None
    container = fields.optional_text("container", longest=64)
    unit = fields.optional_text("unit", longest=8) or (plan.unit if plan else None)
    tubes = tuple(
        PrimaryTube(container, fields.optional_number(f"volume-{number}"), unit, fields.optional_code(f"code-{number}"))
        for number in range(fields.integer("tubes", least=1, most=MOST_OF_A_KIND))
    )
    return RegisterCollection(
        participant=fields.text("participant", longest=24),
        timepoint=fields.text("timepoint", longest=24),
        specimen_type=type_,
        collected_at=fields.moment("collected_at"),
        tubes=tubes,
        received_at=fields.optional_moment("received_at"),
        processed_at=fields.optional_moment("processed_at"),
        frozen_at=fields.optional_moment("frozen_at"),
        flags=tuple(request.form.getlist("flags")),
        note=fields.optional_text("note"),
        study=study_here().code,
    )


def _to_make(fields: Fields, protocol: Protocol, command: RegisterCollection) -> list[tuple[AliquotPlan, int, Decimal]]:
    """How many of each planned tube, as confirmed or changed."""
    chosen = _chosen(protocol, command.participant, command.timepoint, command.specimen_type)
    if chosen is None or request.form.get("make") != "yes":
        return []
    counts = [fields.optional_integer(f"count-{number}", least=0, most=999) or 0 for number in range(len(chosen.aliquots))]
    amounts = [fields.number(f"amount-{number}") if count else Decimal(0) for number, count in enumerate(counts)]
    return [plan for plan in zip(chosen.aliquots, counts, amounts, strict=True) if plan[1]]


def _make(session: Session, makes: list[tuple[AliquotPlan, int, Decimal]], registered: Registered, actor: Actor) -> list[NewTube]:
    parents = tuple(tube.barcode for tube in registered.specimens)
    made: list[NewTube] = []
    for plan, count, amount in makes:
        command = DeriveAliquots(
            parents=parents, count=count, amount=amount, unit=plan.unit, specimen_type=plan.specimen_type, purpose=plan.purpose
        )
        made += derive_aliquots(session, command, actor=actor, at=clock.now())
    return made


def _tell(command: RegisterCollection, registered: Registered, made: list[NewTube]) -> None:
    came = plural("One tube came", "%(num)d tubes came", len(registered.specimens))
    title = f"{came}, {plural('one is made of it', '%(num)d are made', len(made))}" if made else came
    marks = [remark_text(remark) for remark in registered.warnings]
    tell("warn" if marks else "ok", title, " ".join(marks) or _("Print the labels and put the tubes away."))
