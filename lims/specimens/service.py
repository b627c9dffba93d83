"""The verbs of specimens that act on tubes already here: any act, use, thaw, quarantine, flags, corrections."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.custody import service as custody
from lims.custody.queries import list_events
from lims.custody.rules import check_corrects, check_reason
from lims.custody.vocabulary import Act, Event, EventType, Json
from lims.db import table_of
from lims.ids import normalise_code
from lims.labels.rules import check_given_code
from lims.labels.service import bind_codes
from lims.labels.vocabulary import Binding, CodeRole
from lims.prepared import PreparedWrite
from lims.specimens import amounts
from lims.specimens.errors import CannotCorrect, FlagNotGiven
from lims.specimens.models import Specimen
from lims.specimens.projections import Projection, step
from lims.specimens.queries import flags_to_text, lock_specimen
from lims.specimens.rules import check_consent, check_enough, check_transition
from lims.specimens.vocabulary import AT_HAND, LockedSpecimen, SpecimenState
from lims.studies.protocol import Dimension
from lims.studies.queries import protocol_of_version

KEPT = ("state", "quarantined", "initial_amount", "amount", "thaw_count", "flags", "missing", "purpose", "container_kind")
"""What the events of a tube may change in its row."""

_UPDATE = PreparedWrite(
    update(table_of(Specimen))
    .where(table_of(Specimen).c.id == bindparam("specimen_id"))
    .values({column: bindparam(column) for column in KEPT})
)

CORRECTABLE = ("amount", "thaw_count", "purpose", "container_kind")


def apply_act(
    session: Session, specimen: LockedSpecimen, act: Act, *, actor: Actor, at: datetime, event_id: int | None = None
) -> tuple[Event, LockedSpecimen]:
    """Write one act on a tube down, and let what is kept of the tube follow. The tube as it is afterwards comes back too.

    :raises NotInThisState: it cannot be done to a tube in this state.
    """
    check_transition(specimen.barcode, specimen.state, specimen.quarantined, act.type)
    after = step(projection_of(specimen), act.type, act.facts)
    event = custody.append(session, specimen.history, act, actor=actor, at=at, event_id=event_id)
    changed = with_projection(specimen, after)
    if changed != specimen:
        write_projections(session, [changed])
    return event, changed


def write_projections(session: Session, specimens: list[LockedSpecimen]) -> None:
    """What is kept of tubes, as their events leave them. One statement, however many."""
    _UPDATE.run_each(session, [_columns(specimen) for specimen in specimens])


def projection_of(specimen: LockedSpecimen) -> Projection:
    """A locked tube as the fold knows it; where it is, storage knows."""
    return Projection(**{field.name: getattr(specimen, field.name) for field in fields(Projection) if field.name != "place"})


def with_projection(specimen: LockedSpecimen, after: Projection) -> LockedSpecimen:
    """The tube after an act."""
    return replace(specimen, **{name: getattr(after, name) for name in KEPT})


def receive_specimen(session: Session, read: str, act: Act, *, actor: Actor, at: datetime) -> Event:
    """A tube comes (back) into the laboratory."""
    return apply_act(session, lock_specimen(session, read), act, actor=actor, at=at)[0]


def thaw_specimen(session: Session, read: str, act: Act, *, actor: Actor, at: datetime) -> Event:
    """A tube was thawed: it counts, and what is made of it later inherits the count."""
    return apply_act(session, lock_specimen(session, read), act, actor=actor, at=at)[0]


def consume_specimen(
    session: Session, read: str, act: Act, *, amount: Decimal | None, unit: str | None, actor: Actor, at: datetime
) -> Event:
    """Use some of a tube, or all that is left when no amount is given.

    :raises NotEnough: more than is there.
    :raises ConsentWithdrawn: the participant's material is not used any more.
    """
    specimen = lock_specimen(session, read)
    protocol = protocol_of_version(session, specimen.protocol_version_id)
    check_consent(specimen.participant, specimen.withdrawn_on, act.occurred_at, protocol.study.zone)
    drawn = None
    if amount is not None:
        unit = unit or specimen.unit
        amounts.check_unit(unit, specimen.specimen_type, protocol.get_specimen_type(specimen.specimen_type).dimension)
        drawn = amounts.to_base_of_something(amount, unit)
        check_enough(specimen.barcode, specimen.amount, drawn, specimen.unit)
    act = replace(act, facts={**act.facts, "drawn": drawn, "unit": specimen.unit})
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def quarantine_specimen(session: Session, read: str, act: Act, *, actor: Actor, at: datetime) -> Event:
    """Set a tube aside: nobody uses, sends or batches it until it is released.

    :raises ReasonMissing: nobody sets aside, or releases, without saying why.
    """
    check_reason(act.reason, "quarantine" if act.type is EventType.QUARANTINED else "a release")
    return apply_act(session, lock_specimen(session, read), act, actor=actor, at=at)[0]


release_specimen = quarantine_specimen


def flag_specimen(session: Session, read: str, code: str, note: str | None, *, actor: Actor, at: datetime) -> Event:
    """Say what is wrong with a tube, by a code of its protocol.

    :raises UnknownCode: the protocol has no such code.
    :raises FlagNotGiven: it follows from times and is never given.
    """
    specimen = lock_specimen(session, read)
    named = protocol_of_version(session, specimen.protocol_version_id).get_nonconformance(code)
    if named.computed:
        raise FlagNotGiven(code)
    act = Act(type=EventType.FLAGGED, occurred_at=at, facts={"code": code}, reason=note)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def unflag_specimen(session: Session, read: str, code: str, reason: str | None, *, actor: Actor, at: datetime) -> Event:
    """Take a flag back, and say why. That it was there stays in the history.

    :raises CannotCorrect: the tube does not carry it.
    """
    specimen = lock_specimen(session, read)
    if code not in specimen.flags:
        raise CannotCorrect(code, specimen.flags or ("no flag",))
    check_reason(reason, "taking a flag back")
    act = Act(type=EventType.UNFLAGGED, occurred_at=at, facts={"code": code}, reason=reason)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def bind_code(session: Session, read: str, code: str, *, actor: Actor, at: datetime) -> Event:
    """Let a tube be known by a further code: its own 2D code, a legacy number. The first one stays.

    :raises CodeTaken: it names another thing.
    """
    specimen = lock_specimen(session, read)
    code = normalise_code(code)
    check_given_code(code)
    bind_codes(session, [Binding(code, specimen.history.kind, specimen.id, CodeRole.ALIAS)], at)
    act = Act(type=EventType.CODE_BOUND, occurred_at=at, facts={"code": code, "role": CodeRole.ALIAS})
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def correct_specimen(
    session: Session,
    read: str,
    changes: Mapping[str, Json],
    *,
    unit: str | None = None,
    in_a_hole: bool = False,
    corrects: int | None = None,
    reason: str | None,
    occurred_at: datetime,
    actor: Actor,
    at: datetime,
) -> Event:
    """Put right what is recorded of a tube: a new event that says what was and what is, and which event was wrong.

    :param changes: new values by name, of :data:`CORRECTABLE`; an amount in ``unit``, or the tube's own.
    :param in_a_hole: whether the tube has a place, which decides what it is once it is not used up after all.
    :raises CannotCorrect: it is not something a correction changes.
    :raises UnknownEvent: ``corrects`` is no event of this tube.
    :raises AlreadyCorrected: a later event corrects that one already.
    :raises ReasonMissing: nobody corrects without saying why.
    """
    specimen = lock_specimen(session, read)
    check_reason(reason, "a correction")
    if corrects is not None:
        check_corrects(list_events(session, specimen.id), corrects)
    if not changes:
        raise CannotCorrect("nothing", CORRECTABLE)
    written = _written_changes(session, specimen, changes, unit)
    if written.get("amount", [None, 0])[1] != 0 and specimen.state is SpecimenState.DEPLETED:
        written["state"] = [specimen.state, SpecimenState.STORED if in_a_hole else SpecimenState.RECEIVED]
    act = Act(type=EventType.CORRECTED, occurred_at=occurred_at, facts={"changes": written}, reason=reason, corrects=corrects)
    return apply_act(session, specimen, act, actor=actor, at=at)[0]


def _written_changes(session: Session, specimen: LockedSpecimen, changes: Mapping[str, Json], unit: str | None) -> dict[str, Json]:
    protocol = protocol_of_version(session, specimen.protocol_version_id)
    written: dict[str, Json] = {}
    for what, value in changes.items():
        match what:
            case "amount":
                written |= _amount_change(
                    specimen, value, unit or specimen.unit, protocol.get_specimen_type(specimen.specimen_type).dimension
                )
            case "thaw_count":
                if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 999):
                    raise CannotCorrect(f"thaw_count {value!r}", ("a whole number from 0 to 999",))
                written[what] = [specimen.thaw_count, value]
            case "purpose":
                written[what] = [specimen.purpose, value if value in (None, "reserve") else protocol.get_assay(str(value)).code]
            case "container_kind":
                written[what] = [specimen.container_kind, None if value is None else protocol.get_container(str(value)).code]
            case _:
                raise CannotCorrect(what, CORRECTABLE)
    return written


def _amount_change(specimen: LockedSpecimen, value: Json, unit: str, dimension: Dimension) -> dict[str, Json]:
    """An amount put right; one above what the tube began with says that the beginning was wrong too."""
    amounts.check_unit(unit, specimen.specimen_type, dimension)
    amount = None if value is None else amounts.to_base(value if isinstance(value, int | Decimal) else str(value), unit)
    changes: dict[str, Json] = {"amount": [specimen.amount, amount]}
    if amount is not None and (specimen.initial_amount is None or amount > specimen.initial_amount):
        changes["initial_amount"] = [specimen.initial_amount, amount]
    if amount == 0 and specimen.state in AT_HAND:
        changes["state"] = [specimen.state, SpecimenState.DEPLETED]
    return changes


def _columns(specimen: LockedSpecimen) -> dict[str, object]:
    return {
        "specimen_id": specimen.id,
        "state": specimen.state,
        "quarantined": specimen.quarantined,
        "initial_amount": specimen.initial_amount,
        "amount": specimen.amount,
        "thaw_count": specimen.thaw_count,
        "flags": flags_to_text(specimen.flags),
        "missing": specimen.missing,
        "purpose": specimen.purpose,
        "container_kind": specimen.container_kind,
    }
