"""The verbs of kits: label the tubes before the patient comes, give a kit of the stock to somebody, take back what was not used."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.bulk import insert_rows
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, Json, SubjectKind
from lims.db import table_of, take_ids
from lims.ids import Prefix
from lims.kits import rules
from lims.kits.errors import KitCountOutOfRange, KitTimepointMissing
from lims.kits.holding import check_is_for, hold_for, hold_kits, whose, write_used
from lims.kits.models import Kit as KitRow
from lims.kits.models import KitTube
from lims.kits.queries import get_kit, get_summary, kits_by_id
from lims.kits.vocabulary import Kit, KitState, MakeKits, PlannedTube, TubeState
from lims.labels.service import bind_codes, draw_codes
from lims.labels.vocabulary import Binding, CodeRole
from lims.specimens.rules import check_consent
from lims.studies.participants import lock_participant
from lims.studies.queries import get_study, protocol_of_version
from lims.studies.vocabulary import ParticipantFacts

MOST_KITS = 100

_KITS, _TUBES = table_of(KitRow), table_of(KitTube)


def make_kits(session: Session, command: MakeKits, *, actor: Actor, at: datetime) -> list[Kit]:
    """Make kits: each with a code of its own, and its tubes with the codes they keep for ever, in the order of the work.

    The same number of statements, however many kits and tubes.

    :raises KitCountOutOfRange: none, or more than are made at once.
    :raises KitTimepointMissing: for a participant, and not for which timepoint.
    :raises ConsentWithdrawn: nothing more is taken of the participant.
    :raises NothingPlanned: the protocol takes nothing then, or not that.
    """
    if not 1 <= command.count <= MOST_KITS:
        raise KitCountOutOfRange(command.count, MOST_KITS)
    owner = _owner(session, command, at)
    protocol = protocol_of_version(session, owner.protocol_version_id)
    planned = rules.planned_tubes(protocol, command.timepoint, command.specimen_types)
    made = _labelled(session, planned, command.count)
    _write(session, owner, command.timepoint, made, actor=actor, at=at)
    return kits_by_id(session, [each.id for each in made])


def bind_kit(session: Session, read: str, participant: str, timepoint: str | None = None, *, actor: Actor, at: datetime) -> Kit:
    """Give a kit of the stock to a participant, and to a timepoint where it was open. Done twice is done once.

    :raises KitOfAnother: it is somebody else's already, or labelled for another timepoint.
    :raises KitNotBound: nobody said for which timepoint.
    :raises KitClosed: nothing of it waits to be filled.
    :raises ConsentWithdrawn: nothing more is taken of the participant.
    """
    found = get_summary(session, read)
    _, when = whose(found, participant, timepoint)
    person = lock_participant(session, participant, found.study)
    check_is_for(found, person, when)
    check_consent(person.code, person.withdrawn_on, at, person.zone)
    when = protocol_of_version(session, person.protocol_version_id).get_timepoint(when).code
    kit = hold_for(session, [found.id], person, when, actor=actor, at=at)[found.id]
    rules.check_open(kit.summary.barcode, kit.summary.state)
    return Kit(summary=kit.summary, tubes=kit.tubes)


def void_kit(session: Session, read: str, *, reason: str | None = None, actor: Actor, at: datetime) -> Kit:
    """What was not filled of a kit never will be: its labels count no more, and the kit is closed; void, where nothing was filled.

    :raises KitClosed: it is closed already.
    """
    found = get_summary(session, read)
    kit = hold_kits(session, [found.id])[found.id]
    rules.check_open(kit.summary.barcode, kit.summary.state)
    unused = {tube.id for tube in kit.tubes if tube.state is TubeState.READY}
    write_used(session, [kit], (), unused, actor=actor, at=at, reason=reason)
    return get_kit(session, kit.summary.barcode)


class _Owner(NamedTuple):
    """Whose a new kit is: a participant's, or a study's stock."""

    study_id: int
    study: str
    protocol_version_id: int
    participant: ParticipantFacts | None


class _Labelled(NamedTuple):
    """A kit about to be written: its id and code, and for each tube the same."""

    id: int
    barcode: str
    tubes: Sequence[tuple[int, str, PlannedTube]]


def _owner(session: Session, command: MakeKits, at: datetime) -> _Owner:
    if command.participant is None:
        study = get_study(session, command.study)
        return _Owner(study.id, study.code, study.protocol_version_id, None)
    person = lock_participant(session, command.participant, command.study)
    if command.timepoint is None:
        raise KitTimepointMissing(person.code)
    check_consent(person.code, person.withdrawn_on, at, person.zone)
    return _Owner(person.study_id, person.study_code, person.protocol_version_id, person)


def _labelled(session: Session, planned: Sequence[PlannedTube], count: int) -> list[_Labelled]:
    """Ids and codes for ``count`` kits of the same tubes. Three statements."""
    ids = iter(take_ids(session, count * (1 + len(planned))))
    of_kits = draw_codes(session, Prefix.KIT, [None] * count)
    of_tubes = iter(draw_codes(session, Prefix.SPECIMEN, [None] * (count * len(planned))))
    return [_Labelled(next(ids), barcode, [(next(ids), next(of_tubes), tube) for tube in planned]) for barcode in of_kits]


def _write(session: Session, owner: _Owner, timepoint: str | None, made: Sequence[_Labelled], *, actor: Actor, at: datetime) -> None:
    tubes = [(SubjectKind.SPECIMEN, id_, barcode) for kit in made for id_, barcode, _ in kit.tubes]
    kits = [(SubjectKind.KIT, kit.id, kit.barcode) for kit in made]
    histories = custody.begin_all(session, [(kind, id_) for kind, id_, _ in (*kits, *tubes)])
    bind_codes(session, [Binding(barcode, kind, id_, CodeRole.OWN) for kind, id_, barcode in (*kits, *tubes)], at)
    insert_rows(session, _KITS, [_kit_row(kit, owner, timepoint, at) for kit in made])
    insert_rows(session, _TUBES, [_tube_row(kit.id, line, *tube) for kit in made for line, tube in enumerate(kit.tubes, start=1)])
    acts = [(history, _made(kit, owner, timepoint, at)) for kit, history in zip(made, histories, strict=False)]
    custody.append_all(session, acts, actor=actor, at=at)


def _kit_row(kit: _Labelled, owner: _Owner, timepoint: str | None, at: datetime) -> dict[str, object]:
    return {
        "id": kit.id,
        "barcode": kit.barcode,
        "study_id": owner.study_id,
        "protocol_version_id": owner.protocol_version_id,
        "participant_id": None if owner.participant is None else owner.participant.id,
        "timepoint": timepoint,
        "state": KitState.MADE,
        "made_at": at,
    }


def _tube_row(kit_id: int, line: int, id_: int, barcode: str, tube: PlannedTube) -> dict[str, object]:
    return {"id": id_, "kit_id": kit_id, "state": TubeState.READY, **_tube_facts(line, barcode, tube)}


def _tube_facts(line: int, barcode: str, tube: PlannedTube) -> dict[str, Json]:
    """A tube of a kit as its row and the kit's first event tell of it."""
    return {
        "line": line,
        "barcode": barcode,
        "specimen_type": tube.specimen_type,
        "form": tube.form,
        "made_of": tube.made_of,
        "purpose": tube.purpose,
        "container_kind": tube.container_kind,
        "amount": tube.amount,
        "unit": tube.unit,
    }


def _made(kit: _Labelled, owner: _Owner, timepoint: str | None, at: datetime) -> Act:
    facts: dict[str, Json] = {
        "barcode": kit.barcode,
        "study": owner.study,
        "protocol_version_id": owner.protocol_version_id,
        "participant": None if owner.participant is None else owner.participant.code,
        "timepoint": timepoint,
        "tubes": [_tube_facts(line, barcode, tube) for line, (_, barcode, tube) in enumerate(kit.tubes, start=1)],
    }
    return Act(type=EventType.KIT_MADE, occurred_at=at, facts=facts)
