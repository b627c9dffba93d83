"""Batches on both engines: filled, changed, closed, and each act written down."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.batches.errors import AliquotInBatch, BatchClosed, BatchFull, NothingFree, NotInBatch, NotUsable, UnknownBatch
from lims.batches.models import BatchMember
from lims.batches.queries import batches_of, get_batch, list_batches, open_batches_of, view_batch
from lims.batches.service import add_members, close_batch, create_batch, remove_member
from lims.batches.vocabulary import BatchState, BatchView, CreateBatch, PairSelection
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.db import Database, table_of, violated_constraint
from lims.errors import NotFound
from lims.specimens.queries import lock_specimen
from lims.specimens.service import apply_act
from lims.studies.protocol_errors import UnknownCode
from tests.factories.pairs import stool_pair, stool_side, take_stool, trial_with_pairs
from tests.factories.trial import NOW, act, begin, divide, draw_blood, enrol, give, types_of, withdraw
from tests.support.counting import count_statements

THREE = ("L07", "L08", "E01")


def batch(session: Session, **more: Any) -> BatchView:
    return create_batch(session, replace(CreateBatch(assay="metagenomics"), **more), actor=SYSTEM, at=NOW)


def who(view: BatchView) -> list[tuple[str, str | None]]:
    return [(member.participant, member.side) for member in view.members]


def test_a_batch_is_filled_with_both_sides_of_every_complete_pair(session: Session) -> None:
    trial_with_pairs(session, THREE)
    stool_side(session, "L07", "PRE")
    enrol(session, "L09")
    filled = batch(session, select=PairSelection(), size=96, controls=("blank", "mock-community"))
    assert filled.batch.code == "MG-2026-01"
    assert who(filled) == [("E01", "pre"), ("E01", "post"), ("L07", "pre"), ("L07", "post"), ("L08", "pre"), ("L08", "post")]
    assert {member.pair_id for member in filled.members} == {"E01-metagenomics", "L07-metagenomics", "L08-metagenomics"}
    assert (filled.controls, filled.warnings, filled.places_left) == (("blank", "mock-community"), (), 88)
    assert view_batch(session, get_batch(session, " mg-2026-01 ")) == replace(filled, warnings=())


def test_never_half_a_pair_where_only_one_place_is_left(session: Session) -> None:
    trial_with_pairs(session, THREE)
    assert who(batch(session, select=PairSelection(), size=5)) == [("E01", "pre"), ("E01", "post"), ("L07", "pre"), ("L07", "post")]
    assert who(batch(session, select=PairSelection(), size=5, controls=("blank",))) == [("L08", "pre"), ("L08", "post")]


def test_what_was_batched_before_is_not_chosen_again_but_may_be_named(session: Session) -> None:
    begin(session)
    pre, _ = stool_pair(session, "L07", 2)
    first = batch(session, select=PairSelection())
    with pytest.raises(NothingFree):
        batch(session, select=PairSelection())
    close_batch(session, first.batch.code, actor=SYSTEM, at=NOW)
    with pytest.raises(NothingFree):
        batch(session, select=PairSelection())
    other = next(tube for tube in pre if tube.barcode not in {member.barcode for member in first.members})
    again = batch(session, specimens=(other.barcode,))
    assert [warning.code for warning in again.warnings] == ["half-a-pair"]


def test_a_selection_may_be_of_a_cohort_or_of_participants(session: Session) -> None:
    trial_with_pairs(session, THREE)
    assert who(batch(session, select=PairSelection(cohort="esophageal"))) == [("E01", "pre"), ("E01", "post")]
    assert who(batch(session, select=PairSelection(participants=("L08", "L08")))) == [("L08", "pre"), ("L08", "post")]


def test_an_assay_of_one_side_takes_one_tube_of_each(session: Session) -> None:
    begin(session)
    blood = draw_blood(session).specimens[0].barcode
    divide(session, blood, 2, specimen_type="whole-blood", amount=Decimal(500), unit="uL", parent_amount=Decimal(1))
    filled = batch(session, assay="germline", select=PairSelection())
    assert [(member.participant, member.pair_id, member.side, member.specimen_type) for member in filled.members] == [
        ("L07", None, None, "whole-blood")
    ]
    assert filled.batch.code == "GL-2026-01"


def test_tubes_may_be_named_by_any_order_and_stand_as_pairs(session: Session) -> None:
    trial_with_pairs(session, THREE)
    chosen = [member.barcode for member in batch(session, select=PairSelection(participants=("L07", "E01"))).members]
    remove_all(session, "MG-2026-01", chosen)
    named = batch(session, specimens=(chosen[3], chosen[0], chosen[2], chosen[1], chosen[0].lower()))
    assert who(named) == [("E01", "pre"), ("E01", "post"), ("L07", "pre"), ("L07", "post")]
    assert named.warnings == ()


def remove_all(session: Session, code: str, barcodes: list[str]) -> None:
    for barcode in barcodes:
        remove_member(session, code, barcode, actor=SYSTEM, at=NOW)


def test_what_the_assay_cannot_use_is_refused_and_every_tube_named(session: Session) -> None:
    begin(session)
    pre, post = stool_pair(session, "L07")
    apply_act(session, lock_specimen(session, pre[0].barcode), act(EventType.QUARANTINED), actor=SYSTEM, at=NOW)
    primary = take_stool(session, "L07", "PD")
    with pytest.raises(NotUsable) as refused:
        batch(session, specimens=(pre[0].barcode, post[0].barcode, primary.barcode))
    assert refused.value.why == {
        pre[0].barcode: ("It is in quarantine. Ask the coordinator to release it.",),
        primary.barcode: ("It is not divided yet.",),
    }
    assert list_batches(session) == []


def test_nothing_of_whoever_withdrew_is_batched(session: Session) -> None:
    trial_with_pairs(session, THREE)
    barcode = batch(session, select=PairSelection(participants=("L07",))).members[0].barcode
    remove_member(session, "MG-2026-01", barcode, actor=SYSTEM, at=NOW)
    withdraw(session, "L07")
    with pytest.raises(NotUsable, match="Consent was withdrawn"):
        batch(session, specimens=(barcode,))
    with pytest.raises(NothingFree):
        batch(session, select=PairSelection(participants=("L07",)))
    assert {member.participant for member in batch(session, select=PairSelection()).members} == {"E01", "L08"}


def test_one_tube_is_in_one_open_batch_and_the_error_names_the_other(session: Session) -> None:
    trial_with_pairs(session)
    first = batch(session, select=PairSelection())
    barcode = first.members[0].barcode
    with pytest.raises(AliquotInBatch, match=r"MG-2026-01 already") as refused:
        batch(session, assay="metabolomics-stool", specimens=(barcode,))
    assert refused.value.batch == "MG-2026-01"
    with pytest.raises(AliquotInBatch):
        add_members(session, "MG-2026-01", specimens=[barcode], actor=SYSTEM, at=NOW)
    assert open_batches_of(session, [first.members[0].specimen_id]) == {first.members[0].specimen_id: "MG-2026-01"}


def test_the_database_itself_keeps_a_tube_out_of_a_second_open_batch(session: Session) -> None:
    trial_with_pairs(session)
    first = batch(session, select=PairSelection())
    second = batch(session)
    row = {"batch_id": second.batch.id, "specimen_id": first.members[0].specimen_id, "added_at": NOW}
    with pytest.raises(IntegrityError) as refused:
        session.execute(insert(table_of(BatchMember)), row)
    assert violated_constraint(refused.value) == "uq_batch_member_specimen"


def test_members_come_and_go_while_a_batch_is_open(session: Session) -> None:
    begin(session)
    pre, post = stool_pair(session, "L07")
    half = batch(session, specimens=(pre[0].barcode,), size=2)
    assert [warning.code for warning in half.warnings] == ["half-a-pair"]
    whole = add_members(session, half.batch.code, specimens=[post[0].barcode], actor=SYSTEM, at=NOW)
    assert (who(whole), whole.warnings) == ([("L07", "pre"), ("L07", "post")], ())
    left = remove_member(session, half.batch.code, pre[0].barcode, reason="spilled", actor=SYSTEM, at=NOW)
    assert (who(left), [warning.code for warning in left.warnings]) == ([("L07", "post")], ["half-a-pair"])
    with pytest.raises(NotInBatch):
        remove_member(session, half.batch.code, pre[0].barcode, actor=SYSTEM, at=NOW)
    add_members(session, half.batch.code, specimens=[pre[0].barcode], actor=SYSTEM, at=NOW)
    assert len(view_batch(session, get_batch(session, half.batch.code)).members) == 2


def test_a_full_batch_takes_no_more(session: Session) -> None:
    begin(session)
    pre, post = stool_pair(session, "L07", 2)
    with pytest.raises(BatchFull):
        batch(session, specimens=tuple(tube.barcode for tube in pre), size=2, controls=("blank",))
    code = batch(session, specimens=(pre[0].barcode,), size=1).batch.code
    with pytest.raises(BatchFull):
        add_members(session, code, specimens=[post[0].barcode], actor=SYSTEM, at=NOW)


def test_a_closed_batch_lets_its_tubes_go_and_keeps_their_names(session: Session) -> None:
    trial_with_pairs(session)
    filled = batch(session, select=PairSelection())
    closed = close_batch(session, filled.batch.code, reason="sequenced", actor=SYSTEM, at=NOW)
    assert (closed.batch.state, closed.members) == (BatchState.CLOSED, filled.members)
    assert open_batches_of(session, [member.specimen_id for member in filled.members]) == {}
    code: str = filled.batch.code
    who_acts: dict[str, Any] = {"actor": SYSTEM, "at": NOW}
    with pytest.raises(BatchClosed):
        close_batch(session, code, **who_acts)
    with pytest.raises(BatchClosed):
        remove_member(session, code, filled.members[0].barcode, **who_acts)
    with pytest.raises(BatchClosed):
        add_members(session, code, select=PairSelection(), **who_acts)
    again = batch(session, specimens=tuple(member.barcode for member in filled.members))
    assert [each.code for each in batches_of(session, filled.members[0].specimen_id)] == [filled.batch.code, again.batch.code]


def test_each_act_is_written_down_for_the_batch_and_for_each_tube(session: Session) -> None:
    trial_with_pairs(session)
    filled = batch(session, select=PairSelection())
    first, second = filled.members
    remove_member(session, filled.batch.code, second.barcode, reason="leaks", actor=SYSTEM, at=NOW)
    close_batch(session, filled.batch.code, actor=SYSTEM, at=NOW)
    assert types_of(list_events(session, filled.batch.id)) == [EventType.BATCH_OPENED, EventType.BATCH_CHANGED, EventType.BATCH_CLOSED]
    for member, reason in ((first, None), (second, "leaks")):
        events = list_events(session, member.specimen_id)[-2:]
        assert types_of(events) == [EventType.BATCHED, EventType.UNBATCHED]
        assert (events[0].facts["batch"], events[0].facts["pair_id"], events[1].reason) == (filled.batch.code, "L07-metagenomics", reason)


def test_batches_are_numbered_by_assay_and_year_and_listed_newest_first(session: Session) -> None:
    begin(session)
    codes = [batch(session, assay=assay).batch.code for assay in ("metagenomics", "flow", "metagenomics")]
    new_year = NOW.replace(year=2027, month=1, day=1)
    codes.append(create_batch(session, CreateBatch(assay="metagenomics"), actor=SYSTEM, at=new_year).batch.code)
    assert codes == ["MG-2026-01", "FC-2026-01", "MG-2026-02", "MG-2027-01"]
    assert [each.code for each in list_batches(session)] == codes[::-1]
    close_batch(session, "MG-2026-01", actor=SYSTEM, at=new_year)
    assert [each.code for each in list_batches(session, assay="metagenomics", state=BatchState.OPEN, limit=1)] == ["MG-2027-01"]
    older = list_batches(session, before=get_batch(session, "MG-2026-02").id)
    assert [each.code for each in older] == ["FC-2026-01", "MG-2026-01"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"assay": "metagenomic"}, UnknownCode),
        ({"specimens": ("NO-SUCH-TUBE",)}, NotFound),
        ({"study": "VAX-1"}, NotFound),
        ({"select": PairSelection(cohort="lungs\x00")}, UnknownCode),
    ],
)
def test_a_slip_of_the_pen_is_named(session: Session, wrong: dict[str, Any], error: type[Exception]) -> None:
    begin(session)
    with pytest.raises(error):
        batch(session, **wrong)
    for code in ("MG-2026-01", "", "MG-2026-0\x00", "MG-\ud800", "MG-2026-" + "9" * 99):
        with pytest.raises(UnknownBatch):
            get_batch(session, code)


def test_filling_a_batch_takes_as_many_statements_for_two_pairs_as_for_twelve(database: Database) -> None:
    counts = []
    with database.transaction() as session:
        begin(session, "L01")
        stool_pair(session, "L01")
    for more in (["L02"], [f"L{number:02d}" for number in range(3, 15)]):
        with database.transaction() as session:
            for code in more:
                enrol(session, code)
                give(session, code)
                stool_pair(session, code)
        with database.transaction() as session, count_statements(database) as cost:
            batch(session, select=PairSelection())
        counts.append(len(cost.statements))
    assert counts[0] == counts[1] <= 30
