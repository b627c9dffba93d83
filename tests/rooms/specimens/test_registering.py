"""Collections come into the register: what is kept and marked, and what is refused with nothing written."""

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
from lims.ids import Prefix, new_barcode
from lims.labels.models import BoundCode
from lims.labels.queries import find_binding
from lims.labels.vocabulary import CodeRole
from lims.specimens.models import Collection, Specimen
from lims.specimens.registration import MOST_TUBES, record_not_collected
from lims.specimens.vocabulary import PrimaryTube, RecordNotCollected
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.factories import trial

TAKEN, MISREAD = new_barcode(Prefix.SPECIMEN), new_barcode(Prefix.SPECIMEN)
WRONG = MISREAD[:-1] + ("2" if MISREAD[-1] != "2" else "3")


def written(session: Session) -> list[int]:
    """How many rows there are of everything registering writes."""
    tables = (Collection, Specimen, BoundCode, CustodyEvent)
    return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def stool(amount: Any = 2400, unit: str = "mg", **more: Any) -> tuple[PrimaryTube, ...]:
    return (PrimaryTube(amount=amount if amount is None else Decimal(amount), unit=unit, **more),)


REFUSED = [
    ("studies.unknown-participant", {"participant": "L99"}),
    ("studies.malformed-participant-code", {"participant": "L07\x00"}),
    ("studies.unknown-code", {"timepoint": "C3D1"}),
    ("studies.unknown-code", {"timepoint": "pre"}),
    ("studies.unknown-code", {"specimen_type": "saliva"}),
    ("specimens.not-a-primary", {"specimen_type": "plasma", "tubes": stool("1", "mL")}),
    ("studies.unknown-code", {"tubes": stool(container="bucket")}),
    ("studies.unknown-code", {"flags": ("smelly",)}),
    ("specimens.flag-not-given", {"flags": ("processed-late",)}),
    ("specimens.unknown-unit", {"tubes": stool(unit="kg")}),
    ("specimens.unit-does-not-fit", {"tubes": stool(unit="mL")}),
    ("specimens.amount-not-usable", {"tubes": stool("-5")}),
    ("specimens.amount-not-usable", {"tubes": stool("NaN")}),
    ("specimens.amount-not-usable", {"tubes": stool("1e18")}),
    ("specimens.count-out-of-range", {"tubes": ()}),
    ("specimens.count-out-of-range", {"tubes": stool() * (MOST_TUBES + 1)}),
    ("studies.treated-already", {"collected_at": trial.ILDR_AT + timedelta(minutes=1), "received_at": None, "frozen_at": None}),
    ("specimens.impossible-times", {"frozen_at": trial.PRE_AT - timedelta(minutes=1)}),
    ("specimens.impossible-times", {"received_at": trial.PRE_AT - timedelta(minutes=1)}),
    ("specimens.impossible-times", {"processed_at": trial.PRE_AT - timedelta(minutes=1)}),
    ("custody.in-the-future", {"frozen_at": trial.NOW + timedelta(minutes=6)}),
    ("custody.in-the-future", {"timepoint": "PD", "collected_at": trial.NOW + timedelta(days=1), "received_at": None, "frozen_at": None}),
    ("labels.code-taken", {"tubes": stool(barcode=TAKEN)}),
    ("labels.code-taken", {"tubes": stool(barcode=f"{TAKEN[:4]} {TAKEN[4:].lower()}")}),
    ("labels.code-given-twice", {"tubes": stool(barcode="FD1") + stool(barcode="fd1 ")}),
    ("labels.code-not-usable", {"tubes": stool(barcode="-FD1")}),
    ("labels.code-not-usable", {"tubes": stool(barcode="9" * 31)}),
    ("ids.malformed-code", {"tubes": stool(barcode="粪便")}),
    ("ids.malformed-code", {"tubes": stool(barcode="")}),
    ("ids.wrong-check-character", {"tubes": stool(barcode=WRONG)}),
]


@pytest.mark.parametrize(("code", "given"), REFUSED, ids=[f"{index}-{code}" for index, (code, _) in enumerate(REFUSED)])
def test_what_cannot_be_or_may_not_be_is_refused_with_nothing_written(bench: Session, code: str, given: dict[str, Any]) -> None:
    trial.collect(bench, tubes=stool(barcode=TAKEN))
    before = written(bench)
    with pytest.raises(LimsError) as refused, bench.begin_nested():
        trial.collect(bench, **given)
    assert refused.value.code == code
    assert written(bench) == before


def test_nothing_is_taken_after_the_day_consent_was_withdrawn_but_what_was_taken_is_entered(bench: Session) -> None:
    trial.withdraw(bench, on=date(2026, 9, 1))
    before = written(bench)
    times: dict[str, Any] = {"timepoint": "POST", "received_at": None, "frozen_at": None}
    with pytest.raises(LimsError, match="withdrew consent on 2026-09-01") as refused, bench.begin_nested():
        trial.collect(bench, collected_at=trial.PRE_AT.replace(month=9, day=1, hour=16), **times)  # the 2nd in Shantou
    assert refused.value.code == "specimens.consent-withdrawn"
    assert written(bench) == before
    entered = trial.collect(bench, collected_at=trial.PRE_AT.replace(month=9, day=1, hour=15), **times)  # still the 1st
    assert "consent-withdrawn" in [remark.code for remark in entered.warnings]


def test_a_collection_is_a_row_a_tube_a_code_and_two_events(bench: Session) -> None:
    registered = trial.collect(bench, flags=("antibiotics", "leaked", "leaked"), note="软便")
    (tube,) = registered.specimens
    assert (tube.label, tube.amount, tube.unit) == ("ILDR02-L07-PRE-STL-01", 2_400_000, "mg")
    assert registered.warnings == ()
    collected, first = list_events(bench, registered.id), list_events(bench, tube.id)
    assert trial.types_of(collected) == [EventType.COLLECTED]
    assert trial.types_of(first) == [EventType.REGISTERED]
    assert first[0].facts["flags"] == ["antibiotics", "leaked"]
    assert (first[0].facts["state"], first[0].facts["thaw_count"], first[0].facts["container_kind"]) == ("received", 0, "stool-tube")
    assert collected[0].facts["note"] == "软便"
    binding = find_binding(bench, tube.barcode)
    assert binding is not None
    assert (binding.subject_id, binding.role) == (tube.id, CodeRole.OWN)


def test_a_tube_nobody_has_received_is_collected_only(bench: Session) -> None:
    tube = trial.tube(bench, received_at=None, frozen_at=None)
    assert list_events(bench, tube.id)[0].facts["state"] == "collected"


def test_a_pre_printed_tube_is_called_by_its_own_code(bench: Session) -> None:
    tube = trial.tube(bench, tubes=stool(barcode="]d2fd06299917\r\n"))
    assert tube.barcode == "FD06299917"
    binding = find_binding(bench, "FD06299917")
    assert binding is not None
    assert binding.role is CodeRole.GIVEN


def test_an_unknown_amount_and_container_stay_unknown_in_the_unit_of_the_plan(bench: Session) -> None:
    assert trial.tube(bench, tubes=(PrimaryTube(),)).amount is None
    assert trial.draw_blood(bench, tubes=1).specimens[0].unit == "mL"


def test_several_tubes_of_one_draw_are_one_collection_numbered_on(bench: Session) -> None:
    drawn = trial.draw_blood(bench)
    assert [tube.label for tube in drawn.specimens] == ["ILDR02-L07-PRE-EDT-01", "ILDR02-L07-PRE-EDT-02"]
    assert len({tube.barcode for tube in drawn.specimens}) == 2
    assert drawn.warnings == ()


def test_a_second_collection_at_a_timepoint_is_warned_and_loaded_with_the_next_number(bench: Session) -> None:
    trial.collect(bench)
    again = trial.collect(bench)
    assert [remark.code for remark in again.warnings] == ["second-collection"]
    assert "1 of 1 planned are there" in again.warnings[0].sentence
    assert again.specimens[0].label == "ILDR02-L07-PRE-STL-02"


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"frozen_at": trial.PRE_AT + timedelta(hours=5)}, ["processed-late"]),
        ({"collected_at": trial.PRE_AT - timedelta(days=20), "received_at": None, "frozen_at": None}, ["window-early", "before-enrolment"]),
        ({"tubes": stool(container="cryovial")}, ["other-container"]),
        ({"timepoint": "D1", "collected_at": trial.ILDR_AT + timedelta(days=1), "received_at": None, "frozen_at": None}, ["unplanned"]),
        ({"processed_at": trial.PRE_AT + timedelta(minutes=5)}, ["received-after-processed"]),
    ],
    ids=range(5),
)
def test_a_departure_is_kept_and_told(bench: Session, given: dict[str, Any], codes: list[str]) -> None:
    assert [remark.code for remark in trial.collect(bench, **given).warnings] == codes


def test_before_the_fraction_is_known_a_sample_is_taken_all_the_same(bench: Session) -> None:
    trial.enrol(bench, "L08")
    assert trial.collect(bench, participant="L08").warnings == ()


def test_what_was_not_collected_is_a_fact_of_its_own(bench: Session) -> None:
    command = RecordNotCollected(participant="l07", timepoint="POST", specimen_type="stool", reason="refused", note="不愿")
    recorded = record_not_collected(bench, command, actor=SYSTEM, at=trial.NOW)
    assert recorded.specimens == ()
    (event,) = list_events(bench, recorded.id)
    assert (event.type, event.facts["code"], event.reason) == (EventType.NOT_COLLECTED, "refused", "不愿")


@pytest.mark.parametrize(
    "given", [{"reason": "forgot"}, {"timepoint": "C3D1"}, {"specimen_type": "plasma"}, {"participant": "L99"}], ids=range(4)
)
def test_what_was_not_collected_is_said_in_the_words_of_the_protocol(bench: Session, given: dict[str, str]) -> None:
    before = written(bench)
    plain = {"participant": "L07", "timepoint": "POST", "specimen_type": "stool", "reason": "refused"}
    with pytest.raises(LimsError), bench.begin_nested():
        record_not_collected(bench, RecordNotCollected(**plain | given), actor=SYSTEM, at=trial.NOW)
    assert written(bench) == before


def test_a_label_that_another_study_has_given_is_refused_in_words(bench: Session) -> None:
    trial.tube(bench)
    other = shipped_protocol("ILDR-02").replace('code = "ILDR-02"', 'code = "ILDR-03"')
    load_protocol(bench, other, "ildr-03.toml", actor=SYSTEM, at=trial.NOW)
    trial.enrol(bench, "L07", study="ILDR-03")
    with pytest.raises(LimsError, match="ILDR02-L07-PRE-STL-01 is the label of another study") as refused, bench.begin_nested():
        trial.collect(bench, participant="ILDR-03:L07")
    assert refused.value.code == "specimens.label-taken"
