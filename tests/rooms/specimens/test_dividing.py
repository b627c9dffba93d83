"""Aliquots, derivatives, pools: what they take is gone from the parents, and what is not there is never given."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.models import CustodyEvent
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.errors import LimsError
from lims.specimens.models import Lineage, Specimen
from lims.specimens.queries import children_of, parents_of
from lims.specimens.service import bind_code, consume_specimen, correct_specimen, flag_specimen, quarantine_specimen, thaw_specimen
from lims.specimens.vocabulary import NewTube
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.factories import trial

WHO: dict[str, Any] = {"actor": SYSTEM, "at": trial.NOW}


def row_of(session: Session, tube: NewTube) -> Any:
    return session.execute(select(Specimen.__table__).where(Specimen.id == tube.id)).one()


def written(session: Session) -> list[int]:
    return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Specimen, Lineage, CustodyEvent)]


def test_aliquots_take_their_amount_from_the_parent_in_the_same_act(bench: Session) -> None:
    parent = trial.tube(bench)
    children = trial.divide(bench, parent.barcode, 4, purpose="metagenomics")
    assert [child.label for child in children] == [f"ILDR02-L07-PRE-STL-0{number}" for number in (2, 3, 4, 5)]
    assert row_of(bench, parent).amount == 2_400_000 - 4 * 200_000
    assert {(row_of(bench, child).form, row_of(bench, child).purpose) for child in children} == {("aliquot", "metagenomics")}
    assert [(relative.id, relative.drawn) for relative in children_of(bench, parent.id)] == [(child.id, 200_000) for child in children]
    assert [relative.barcode for relative in parents_of(bench, children[0].id)] == [parent.barcode]
    drawn = list_events(bench, parent.id)[-1]
    assert (drawn.type, drawn.facts["drawn"], drawn.facts["count"]) == (EventType.ALIQUOTED, 800_000, 4)


def test_the_time_of_dividing_is_the_latest_known_of_the_parent_when_nobody_says(bench: Session) -> None:
    child = trial.divide(bench, trial.tube(bench).barcode, 1)[0]
    assert list_events(bench, child.id)[0].occurred_at == trial.PRE_AT + timedelta(hours=3)
    at = trial.PRE_AT + timedelta(hours=4)
    said = trial.divide(bench, trial.tube(bench).barcode, 1, occurred_at=at)[0]
    assert list_events(bench, said.id)[0].occurred_at == at


def test_the_last_of_a_tube_uses_it_up(bench: Session) -> None:
    parent = trial.tube(bench)
    trial.divide(bench, parent.barcode, 12)
    assert (row_of(bench, parent).amount, row_of(bench, parent).state) == (0, "depleted")


def test_flags_container_and_thaws_travel_to_later_children_and_no_further(bench: Session) -> None:
    parent = trial.tube(bench, flags=("antibiotics",))
    before = trial.divide(bench, parent.barcode, 1)[0]
    thaw_specimen(bench, parent.barcode, trial.act(EventType.THAWED), **WHO)
    flag_specimen(bench, parent.barcode, "leaked", None, **WHO)
    after = trial.divide(bench, parent.barcode, 1)[0]
    assert [(row_of(bench, tube).thaw_count, row_of(bench, tube).flags) for tube in (before, after)] == [
        (0, "antibiotics"),
        (1, "antibiotics leaked"),
    ]
    assert row_of(bench, after).container_kind == "stool-tube"


def test_a_derivative_draws_what_was_measured_and_nothing_where_nobody_did(bench: Session) -> None:
    blood = trial.draw_blood(bench).specimens
    plasma = trial.divide(bench, blood[0].barcode, 6, amount=Decimal("0.5"), unit="mL", specimen_type="plasma", parent_amount=Decimal(7))
    assert (row_of(bench, plasma[0]).form, plasma[0].label) == ("derivative", "ILDR02-L07-PRE-PLA-01")
    assert row_of(bench, blood[0]).amount == 3_000_000
    assert sum(relative.drawn or 0 for relative in children_of(bench, blood[0].id)) == 7_000_000
    trial.divide(bench, blood[1].barcode, 3, amount=Decimal(5), unit="10^6", specimen_type="pbmc")
    assert row_of(bench, blood[1]).amount == 10_000_000
    assert {relative.drawn for relative in children_of(bench, blood[1].id)} == {None}


def test_a_pool_takes_from_each_parent_and_every_child_names_both(bench: Session) -> None:
    blood = trial.draw_blood(bench).specimens
    made = trial.divide(
        bench, [tube.barcode for tube in blood], 6, amount=Decimal("0.5"), unit="mL", specimen_type="plasma", parent_amount=Decimal("5.5")
    )
    assert [row_of(bench, tube).amount for tube in blood] == [4_500_000, 4_500_000]
    assert {relative.id for relative in parents_of(bench, made[0].id)} == {tube.id for tube in blood}
    assert [sum(relative.drawn or 0 for relative in children_of(bench, tube.id)) for tube in blood] == [5_500_000, 5_500_000]


def test_a_pool_of_aliquots_empties_the_first_before_the_second(bench: Session) -> None:
    first, second = trial.divide(bench, trial.tube(bench).barcode, 2)
    trial.divide(bench, [second.barcode, first.barcode], 1, amount=Decimal(300))
    assert [row_of(bench, tube).amount for tube in (first, second)] == [100_000, 0]


def test_a_pool_has_the_thaws_of_the_most_thawed_and_none_known_where_one_is_unknown(bench: Session) -> None:
    first, second = trial.divide(bench, trial.tube(bench).barcode, 2)
    thaw_specimen(bench, second.barcode, trial.act(EventType.THAWED), **WHO)
    pool = trial.divide(bench, [first.barcode, second.barcode], 1, amount=Decimal(50))[0]
    assert row_of(bench, pool).thaw_count == 1
    unknown = trial.divide(bench, [first.barcode, trial.old_tube(bench).barcode], 1, amount=Decimal(50))[0]
    assert (row_of(bench, unknown).thaw_count, row_of(bench, unknown).container_kind) == (None, None)


def test_a_tube_scanned_twice_by_two_of_its_codes_is_one_parent(bench: Session) -> None:
    parent = trial.tube(bench)
    bind_code(bench, parent.barcode, "FD0001", **WHO)
    child = trial.divide(bench, [parent.barcode, "fd0001", parent.barcode.lower()], 1)[0]
    assert [relative.id for relative in parents_of(bench, child.id)] == [parent.id]
    assert row_of(bench, parent).amount == 2_200_000


def test_an_unknown_amount_is_taken_at_its_word(bench: Session) -> None:
    parent = trial.old_tube(bench, amount=None)
    trial.divide(bench, parent.barcode, 4)
    assert (row_of(bench, parent).amount, row_of(bench, parent).state) == (None, "received")


def test_as_many_tubes_as_one_act_may_make_have_codes_and_numbers_of_their_own(bench: Session) -> None:
    children = trial.divide(bench, trial.tube(bench).barcode, 999, amount=Decimal("0.1"))
    assert len({child.barcode for child in children}) == len({child.label for child in children}) == 999
    assert children[-1].label == "ILDR02-L07-PRE-STL-1000"


def test_two_divisions_number_on(bench: Session) -> None:
    parent = trial.tube(bench)
    labels = [tube.label for _ in range(3) for tube in trial.divide(bench, parent.barcode, 2)]
    assert labels == [f"ILDR02-L07-PRE-STL-{number:02d}" for number in range(2, 8)]


REFUSED = [
    ("specimens.not-enough", {"count": 13}),
    ("specimens.not-enough", {"specimen_type": "dna", "unit": "uL", "parent_amount": Decimal("2400.001")}),
    ("specimens.count-out-of-range", {"count": 0}),
    ("specimens.count-out-of-range", {"count": 1000}),
    ("specimens.count-out-of-range", {"count": -1}),
    ("specimens.count-out-of-range", {"parents": ()}),
    ("specimens.count-out-of-range", {"parents": ("OLD 1",) * 101}),
    ("specimens.amount-not-usable", {"amount": Decimal(0)}),
    ("specimens.amount-not-usable", {"amount": Decimal(-1)}),
    ("specimens.amount-not-usable", {"amount": Decimal("NaN")}),
    ("specimens.amount-not-usable", {"amount": Decimal("1e999")}),
    ("specimens.amount-not-usable", {"amount": Decimal("0.0001")}),
    ("specimens.amount-not-usable", {"specimen_type": "dna", "unit": "uL", "parent_amount": Decimal(-1)}),
    ("specimens.unit-does-not-fit", {"unit": "mL"}),
    ("specimens.unknown-unit", {"unit": "kg"}),
    ("specimens.not-derivable", {"specimen_type": "plasma", "unit": "mL"}),
    ("studies.unknown-code", {"specimen_type": "saliva"}),
    ("studies.unknown-code", {"purpose": "proteomics"}),
    ("custody.in-the-future", {"occurred_at": trial.NOW + timedelta(hours=1)}),
    ("specimens.not-poolable", {"parents": ("PLAIN", "OTHER PERSON")}),
    ("specimens.not-poolable", {"parents": ("PLAIN", "OTHER TIME")}),
    ("specimens.not-poolable", {"parents": ("PLAIN", "OTHER TYPE")}),
    ("specimens.not-in-this-state", {"parents": ("QUARANTINED",)}),
    ("specimens.not-in-this-state", {"parents": ("PLAIN", "QUARANTINED")}),
    ("specimens.not-in-this-state", {"parents": ("USED UP",)}),
    ("specimens.unknown", {"parents": ("NOBODY",)}),
    ("specimens.unknown", {"parents": ("PLAIN", "NOBODY")}),
    ("ids.malformed-code", {"parents": ("\x00",)}),
]


@pytest.mark.parametrize(("code", "given"), REFUSED, ids=[f"{index}-{code}" for index, (code, _) in enumerate(REFUSED)])
def test_what_cannot_be_divided_is_refused_with_nothing_written(bench: Session, code: str, given: dict[str, Any]) -> None:
    trial.enrol(bench, "L08")
    trial.old_tube(bench, barcode="PLAIN", amount=Decimal(2400))
    trial.old_tube(bench, barcode="OTHER PERSON", participant="L08")
    trial.old_tube(bench, barcode="OTHER TIME", timepoint="POST")
    trial.old_tube(bench, barcode="OTHER TYPE", specimen_type="dna", unit="uL")
    trial.old_tube(bench, barcode="QUARANTINED")
    quarantine_specimen(bench, "QUARANTINED", trial.act(EventType.QUARANTINED, reason="mould"), **WHO)
    trial.old_tube(bench, barcode="USED UP")
    consume_specimen(bench, "USED UP", trial.act(EventType.CONSUMED), amount=None, unit=None, **WHO)
    before = written(bench)
    with pytest.raises(LimsError) as refused, bench.begin_nested():
        trial.divide(bench, "PLAIN", **given) if "parents" not in given else trial.divide(bench, given["parents"], 1)
    assert refused.value.code == code
    assert written(bench) == before


def test_nothing_is_divided_after_consent_was_withdrawn_even_when_nobody_says_when(bench: Session) -> None:
    parent = trial.tube(bench)
    trial.withdraw(bench, on=date(2026, 9, 1))
    for occurred_at in (None, trial.NOW):
        with pytest.raises(LimsError) as refused, bench.begin_nested():
            trial.divide(bench, parent.barcode, 1, occurred_at=occurred_at)
        assert refused.value.code == "specimens.consent-withdrawn"
    trial.divide(bench, parent.barcode, 1, occurred_at=trial.PRE_AT + timedelta(hours=2))  # what was done before may be entered


def test_what_was_collected_before_an_amendment_is_divided_by_the_words_of_its_own_version(bench: Session) -> None:
    parent = trial.tube(bench)
    amended = shipped_protocol("ILDR-02").replace('version = "1.1"', 'version = "1.2"').replace('short = "STL"', 'short = "STX"')
    load_protocol(bench, amended, "ildr-02.toml", actor=SYSTEM, at=trial.NOW)
    assert trial.divide(bench, parent.barcode, 1)[0].label == "ILDR02-L07-PRE-STL-02"
    assert trial.tube(bench).label == "ILDR02-L07-PRE-STX-03"


def test_an_amount_put_right_above_what_it_began_with_may_be_divided(bench: Session) -> None:
    parent = trial.tube(bench)
    correct_specimen(bench, parent.barcode, {"amount": 3000}, reason="weighed again", occurred_at=trial.NOW, **WHO)
    trial.divide(bench, parent.barcode, 15)
    assert row_of(bench, parent).amount == 0
