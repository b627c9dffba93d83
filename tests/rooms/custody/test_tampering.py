"""Whatever is edited behind the service's back, ``verify`` names: any event, any kept column, any code, any lineage."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.service import add_user
from lims.accounts.vocabulary import SYSTEM, Role
from lims.checks import ledger_checks
from lims.custody.service import append, lock_histories
from lims.custody.verification import Difference, verify
from lims.custody.vocabulary import EventType
from lims.specimens.service import (
    bind_code,
    consume_specimen,
    correct_specimen,
    flag_specimen,
    quarantine_specimen,
    receive_specimen,
    thaw_specimen,
)
from tests.factories import trial
from tests.support.tampering import edit, recompute_chain, take_guards_away


@dataclass(frozen=True)
class Told:
    """A tube of which much was told, its children, its collection."""

    session: Session
    tube: int
    barcode: str
    child: int
    other_child: int
    collection: int

    def edit(self, statement: str) -> None:
        """One raw edit, with these ids at hand."""
        ids = {"tube": self.tube, "child": self.child, "other": self.other_child, "collection": self.collection}
        edit(self.session, statement, **ids)

    def differences(self) -> list[Difference]:
        return list(verify(self.session, ledger_checks()))

    def differences_after(self, statement: str) -> list[Difference]:
        """What is named after one raw edit, which is then taken back."""
        savepoint = self.session.begin_nested()
        self.edit(statement)
        found = self.differences()
        savepoint.rollback()
        return found


@pytest.fixture
def told(session: Session) -> Told:
    trial.begin(session)
    add_user(session, "ann", Role.TECHNICIAN, actor=SYSTEM, at=trial.NOW)
    collected = trial.collect(session, received_at=None, flags=("antibiotics",))
    tube = collected.specimens[0]
    who: dict[str, Any] = {"actor": SYSTEM, "at": trial.NOW}
    receive_specimen(session, tube.barcode, trial.act(EventType.RECEIVED), **who)
    thaw_specimen(session, tube.barcode, trial.act(EventType.THAWED), **who)
    children = trial.divide(session, tube.barcode, 4, purpose="metagenomics")
    consume_specimen(session, tube.barcode, trial.act(EventType.CONSUMED), amount=Decimal(100), unit="mg", **who)
    quarantine_specimen(session, tube.barcode, trial.act(EventType.QUARANTINED, reason="mould?"), **who)
    quarantine_specimen(session, tube.barcode, trial.act(EventType.RELEASED, reason="no mould"), **who)
    flag_specimen(session, tube.barcode, "leaked", "a drop", **who)
    bind_code(session, tube.barcode, "FD0000001", **who)
    correct_specimen(session, tube.barcode, {"amount": "1.4"}, unit="g", reason="weighed", occurred_at=trial.NOW, **who)
    trial.divide(session, [children[2].barcode, children[3].barcode], 1, amount=Decimal(300))
    trial.old_tube(session)
    assert list(verify(session, ledger_checks())) == []
    told = Told(session, tube.id, tube.barcode, children[0].id, children[1].id, collected.id)
    take_guards_away(session)
    return told


NOT_WRITTEN = "is not what was written"
EVENT_EDITS = [
    ("id = id + 500000", "column id is not what was written"),
    ("subject_id = :child, sequence = 99", "missing"),
    ("sequence = 99", "missing"),
    ("type = 'disposed'", f"column type {NOT_WRITTEN}"),
    ("occurred_at = '2026-11-22T03:59:59.000000Z'", f"column occurred_at {NOT_WRITTEN}"),
    ("recorded_at = '2026-11-21T04:00:00.000000Z'", f"column recorded_at {NOT_WRITTEN}"),
    ("actor_id = (SELECT id FROM user_account WHERE username = 'ann')", f"column actor_id {NOT_WRITTEN}"),
    ("canonical = replace(canonical, '100000', '900000')", "its hash does not fit"),
    ("canonical = canonical || ' '", "its hash does not fit"),
    ("canonical = '5'", "its hash does not fit"),
    ("previous_hash = hash", "its hash does not fit"),
    ("hash = previous_hash", "its hash does not fit"),
]


def test_an_edited_event_is_named(told: Told) -> None:
    for change, named in EVENT_EDITS:
        first = told.differences_after(f"UPDATE custody_event SET {change} WHERE subject_id = :tube AND type = 'consumed'")[0]
        assert (first.kind, first.subject_id) == ("specimen", told.tube), change
        assert named in str(first), change


HISTORY_EDITS = [
    ("DELETE FROM custody_event WHERE subject_id = :tube AND sequence = 3", "event 3 of its history is missing"),
    ("DELETE FROM custody_event WHERE subject_id = :tube AND sequence = 1", "event 1 of its history is missing"),
    ("DELETE FROM custody_event WHERE subject_id = :tube AND sequence > 8", "ends at event 8, and 10 were written"),
    ("DELETE FROM custody_event WHERE subject_id = :tube", "ends at event 0, and 10 were written"),
    ("UPDATE custody_subject SET sequence = 9 WHERE id = :tube", "ends at event 10, and 9 were written"),
    ("UPDATE custody_subject SET head = 'x' WHERE id = :tube", "is not the one its row remembers"),
    ("UPDATE custody_subject SET latest_occurred_at = '2026-11-22T05:00:00Z' WHERE id = :tube", "the latest time"),
    ("UPDATE custody_subject SET kind = 'container' WHERE id = :tube", "column kind is not what was written"),
    ("UPDATE custody_subject SET kind = 'tube' WHERE id = :tube", "nothing of that kind has a history"),
    (
        "UPDATE custody_event SET sequence = sequence + 50 WHERE subject_id = :tube AND sequence IN (3, 4);"
        "UPDATE custody_event SET sequence = 57 - sequence WHERE subject_id = :tube AND sequence > 50",
        "its hash does not fit",
    ),
    (
        "INSERT INTO custody_event SELECT 900000, subject_id, 11, type, occurred_at, recorded_at, actor_id, canonical, hash, hash"
        " FROM custody_event WHERE subject_id = :tube AND sequence = 10",
        "its hash does not fit",
    ),
    (
        "DELETE FROM custody_event WHERE subject_id = :tube; DELETE FROM custody_subject WHERE id = :tube",
        "names a custody_subject that is not",
    ),
]


def test_a_history_cut_swapped_or_lengthened_is_named(told: Told) -> None:
    for statement, named in HISTORY_EDITS:
        found = [str(difference) for difference in told.differences_after(statement)]
        assert any(named in each for each in found), (statement, found)


KEPT_EDITS = [
    ("specimen SET amount = 90 WHERE id = :tube", r"amount is 0.09 mg, its events say 1400 mg"),
    ("specimen SET amount = NULL WHERE id = :tube", "amount is unknown, its events say 1400 mg"),
    ("specimen SET initial_amount = 9000000 WHERE id = :tube", "initial_amount is 9000 mg, its events say 2400 mg"),
    ("specimen SET state = 'stored' WHERE id = :tube", "state is stored, its events say received"),
    ("specimen SET quarantined = true WHERE id = :tube", "quarantined is True, its events say False"),
    ("specimen SET thaw_count = 0 WHERE id = :tube", "thaw_count is 0, its events say 1"),
    ("specimen SET flags = 'antibiotics' WHERE id = :tube", "flags is antibiotics, its events say antibiotics leaked"),
    ("specimen SET purpose = 'reserve' WHERE id = :child", "purpose is reserve, its events say metagenomics"),
    ("specimen SET container_kind = NULL WHERE id = :tube", "container_kind is nothing, its events say stool-tube"),
    ("specimen SET label = 'ILDR02-L08-PRE-STL-01' WHERE id = :tube", "label is ILDR02-L08-PRE-STL-01"),
    ("specimen SET specimen_type = 'dna' WHERE id = :tube", "specimen_type is dna, its events say stool"),
    ("specimen SET form = 'aliquot' WHERE id = :tube", "form is aliquot, its events say primary"),
    ("specimen SET timepoint = 'POST' WHERE id = :tube", "timepoint is POST, its events say PRE"),
    ("specimen SET unit = 'g' WHERE id = :tube", "unit is g, its events say mg"),
    ("specimen SET ordinal = 7 WHERE id = :tube", "ordinal is 7"),
    ("specimen SET collection_id = collection_id + 1 WHERE id = :tube", "collection_id is"),
    ("specimen SET participant_id = :tube WHERE id = :tube", "participant is nothing, its events say L07"),
    ("specimen SET study_id = :tube WHERE id = :tube", "study_id is"),
    ("specimen SET created_at = '2026-11-20T04:00:00Z' WHERE id = :tube", "created_at is"),
    ("specimen SET barcode = 'FD0000001' WHERE id = :tube", "barcode is FD0000001"),
    ("barcode SET subject_id = :child WHERE subject_id = :tube AND role = 'own'", "is not bound to it any more"),
    ("barcode SET subject_id = :child WHERE subject_id = :tube AND role = 'alias'", "code FD0000001 is bound to it, its events do not"),
    ("barcode SET kind = 'container' WHERE subject_id = :tube", "is bound to it as a container"),
    ("lineage SET drawn = 90 WHERE child_id = :child", "gave 90 base units to it, its events say 200000"),
    ("lineage SET drawn = NULL WHERE child_id = :child", "600 mg went into the tubes made of it, its events say 800 mg"),
    ("lineage SET parent_id = :other WHERE child_id = :child", "as its lineage says, its events do not"),
    ("collection SET collected_at = '2026-08-22T01:00:00Z' WHERE id = :collection", "L07 PRE stool: collected_at is 2026-08-22T01:00:00"),
    ("collection SET frozen_at = NULL WHERE id = :collection", "frozen_at is nothing, its events say 2026-08-21T04:00:00"),
    (
        "collection SET received_at = collected_at WHERE id = :collection",
        "received_at is 2026-08-21T01:00:00.000000Z, its events say nothing",
    ),
    ("collection SET frozen_on = '2026-08-21' WHERE id = :collection", "frozen_on is 2026-08-21, its events say nothing"),
    ("collection SET timepoint = 'POST' WHERE id = :collection", "timepoint is POST, its events say PRE"),
    ("collection SET specimen_type = 'dna' WHERE id = :collection", "specimen_type is dna, its events say stool"),
    ("collection SET note = 'x' WHERE id = :collection", "note is x, its events say nothing"),
    ("collection SET not_collected = 'refused' WHERE id = :collection", "not_collected is refused, its events say nothing"),
    ("collection SET participant_id = :tube WHERE id = :collection", "participant is nothing, its events say L07"),
    ("collection SET protocol_version_id = 1 WHERE id = :collection", "protocol_version_id is 1"),
]


def test_an_edited_column_is_named_with_what_the_events_say(told: Told) -> None:
    for change, named in KEPT_EDITS:
        found = [str(difference) for difference in told.differences_after(f"UPDATE {change}")]
        assert any(named in each for each in found), (change, found)


LOST = [
    ("DELETE FROM lineage WHERE child_id = :child", "as its events say, its lineage does not"),
    ("DELETE FROM barcode WHERE subject_id = :tube AND role = 'alias'", "code FD0000001 is not bound to it any more"),
    ("DELETE FROM specimen WHERE id = :child", "the register does not have it any more"),
    ("DELETE FROM collection WHERE id = :collection", "L07 PRE stool: the register does not have it any more"),
]


def test_a_row_taken_out_is_named(told: Told) -> None:
    for statement, named in LOST:
        found = [str(difference) for difference in told.differences_after(statement)]
        assert any(named in each for each in found), (statement, found)


def test_a_history_written_anew_is_seen_by_the_head_it_does_not_have(told: Told) -> None:
    recompute_chain(told.session, told.tube, {'"drawn":100000': '"drawn":200000'}, head_too=False)
    assert "is not the one its row remembers" in str(told.differences()[0])


def test_a_history_written_anew_with_its_head_is_seen_by_what_followed_from_it(told: Told) -> None:
    recompute_chain(told.session, told.child, {'"amount":200000': '"amount":190000'}, head_too=True)
    assert "amount is 200 mg, its events say 190 mg" in str(told.differences()[0])


def test_a_draw_written_anew_with_all_that_followed_is_seen_by_the_children(told: Told) -> None:
    recompute_chain(told.session, told.tube, {'"drawn":800000': '"drawn":700000'}, head_too=True)
    assert "800 mg went into the tubes made of it, its events say 700 mg" in str(told.differences()[0])


def test_events_that_make_no_sense_are_a_difference_and_never_a_crash(told: Told) -> None:
    for old, new in {
        '"state":': '"steak":',
        '"amount":2400000': '"amount":[]',
        '"registered"': '"signed_in"',
        '"parents":': '"p":',
    }.items():
        savepoint = told.session.begin_nested()
        recompute_chain(told.session, told.tube, {old: new}, head_too=True)
        assert any(difference.subject_id == told.tube for difference in told.differences()), old
        savepoint.rollback()


def test_every_difference_names_the_tube_as_people_know_it(told: Told) -> None:
    told.edit("UPDATE specimen SET amount = 90 WHERE id = :tube")
    code = f"{told.barcode[:4]} {told.barcode[4:]}"
    assert [str(difference) for difference in told.differences()] == [
        f"specimen {told.tube}: {code} (ILDR02-L07-PRE-STL-01): amount is 0.09 mg, its events say 1400 mg"
    ]


def test_a_correction_of_a_collection_is_followed(session: Session) -> None:
    trial.begin(session)
    collection = trial.collect(session).id
    later = trial.PRE_AT + timedelta(hours=5)
    was = clock.iso(trial.PRE_AT + timedelta(hours=3))
    act = trial.act(EventType.CORRECTED, reason="read the log", changes={"frozen_at": [was, clock.iso(later)]})
    append(session, lock_histories(session, [collection])[collection], act, actor=SYSTEM, at=trial.NOW)
    assert "frozen_at is" in str(next(verify(session, ledger_checks())))
    at = later if session.get_bind().dialect.name != "sqlite" else clock.iso(later)
    session.execute(text("UPDATE collection SET frozen_at = :at WHERE id = :id"), {"at": at, "id": collection})
    assert list(verify(session, ledger_checks())) == []


def test_progress_is_told_while_reading(told: Told) -> None:
    seen: list[int] = []
    list(verify(told.session, ledger_checks(), lambda progress: seen.append(progress.events)))
    assert seen
    assert seen[-1] == told.session.execute(text("SELECT count(*) FROM custody_event")).scalar_one()
