"""Tubes of an older inventory: aliquots as they stand, under the code they have, nothing of them guessed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.errors import LimsError
from lims.specimens.models import Collection, Specimen
from tests.factories import trial


def row_of(session: Session, specimen_id: int) -> Any:
    return session.execute(select(Specimen.__table__).where(Specimen.id == specimen_id)).one()


def test_an_old_tube_is_an_aliquot_under_its_own_code_with_unknown_thaws(bench: Session) -> None:
    tube = trial.old_tube(bench, barcode="  haier-86 #2 ", container="cryovial", note="from ILDR-01")
    row = row_of(bench, tube.id)
    assert (row.barcode, row.form, row.state, row.thaw_count) == ("HAIER-86 #2", "aliquot", "received", None)
    assert (row.label, row.amount, row.container_kind) == ("ILDR02-L07-PRE-STL-01", 200_000, "cryovial")
    (event,) = list_events(bench, tube.id)
    assert (event.type, event.reason) == (EventType.REGISTERED, "from ILDR-01")


def test_its_collection_has_the_day_of_freezing_and_no_time_that_nobody_knows(bench: Session) -> None:
    tube = trial.old_tube(bench, frozen_on=date(2026, 6, 1))
    collection = bench.execute(select(Collection.__table__).where(Collection.id == row_of(bench, tube.id).collection_id)).one()
    assert (collection.collected_at, collection.frozen_at, collection.frozen_on) == (None, None, date(2026, 6, 1))
    assert list_events(bench, collection.id)[0].facts["frozen_on"] == "2026-06-01"


def test_tubes_frozen_on_one_day_are_one_collection_and_of_another_day_another(bench: Session) -> None:
    days = (date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 2), None, None)
    collections = [row_of(bench, trial.old_tube(bench, frozen_on=day).id).collection_id for day in days]
    assert collections[0] == collections[1]
    assert collections[3] == collections[4]
    assert len(set(collections)) == 3


def test_old_tubes_are_numbered_with_the_others(bench: Session) -> None:
    trial.tube(bench)
    assert trial.old_tube(bench).label == "ILDR02-L07-PRE-STL-02"


def test_an_unknown_amount_stays_unknown(bench: Session) -> None:
    assert trial.old_tube(bench, amount=None).amount is None


REFUSED = [
    ("labels.code-taken", {"barcode": "old 1"}),
    ("labels.code-not-usable", {"barcode": "*"}),
    ("ids.malformed-code", {"barcode": "\x00"}),
    ("studies.unknown-code", {"timepoint": "week 3"}),
    ("studies.unknown-code", {"specimen_type": "saliva"}),
    ("studies.unknown-code", {"container": "bucket"}),
    ("specimens.unit-does-not-fit", {"unit": "mL"}),
    ("specimens.amount-not-usable", {"amount": Decimal("0.0001")}),
    ("custody.in-the-future", {"frozen_on": date(2026, 11, 23)}),
    ("specimens.consent-withdrawn", {"participant": "L08", "frozen_on": date(2026, 9, 2)}),
    ("specimens.consent-withdrawn", {"participant": "L08", "frozen_on": None}),
]


@pytest.mark.parametrize(("code", "given"), REFUSED, ids=[f"{index}-{code}" for index, (code, _) in enumerate(REFUSED)])
def test_what_cannot_be_of_the_inventory_is_refused(bench: Session, code: str, given: dict[str, Any]) -> None:
    trial.old_tube(bench, barcode="OLD 1")
    trial.enrol(bench, "L08")
    trial.withdraw(bench, "L08", on=date(2026, 9, 1))
    with pytest.raises(LimsError) as refused, bench.begin_nested():
        trial.old_tube(bench, **given)
    assert refused.value.code == code


def test_what_was_frozen_before_consent_was_withdrawn_may_still_be_entered(bench: Session) -> None:
    trial.withdraw(bench, on=date(2026, 9, 1))
    trial.old_tube(bench, frozen_on=date(2026, 9, 1))
