"""Collecting from a kit: the tubes become the specimens their labels name, and what was not used counts no more."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.custody.queries import list_events
from lims.custody.vocabulary import EventType
from lims.errors import LimsError
from lims.kits.collecting import derive_aliquots, register_collection
from lims.kits.queries import get_kit
from lims.kits.service import void_kit
from lims.kits.vocabulary import Kit, KitState, TubeState
from lims.specimens.queries import lock_specimen
from lims.specimens.vocabulary import DeriveAliquots, PrimaryTube
from lims.storage.tubes import get_tube
from tests.factories import kits, trial

Refused = Callable[[], object]


def refusal(act: Refused) -> str:
    with pytest.raises(LimsError) as refused:
        act()
    assert refused.value.sentence.endswith(".")
    return refused.value.code


def of_state(kit: Kit, state: TubeState) -> list[str]:
    return kits.codes(kit.tubes_that_are(state))


def test_what_was_taken_has_the_codes_and_ids_of_the_kit(bench: Session) -> None:
    kit = kits.make(bench)
    blood = kits.tubes_of(kit, "blood-edta")
    taken = kits.collect(bench, kit, [*kits.stool(kit), *kits.codes(blood)])
    assert [len(each.specimens) for each in taken.collections] == [1, 2]
    first, second = taken.collections[1].specimens
    assert [(first.id, first.barcode), (second.id, second.barcode)] == [(tube.id, tube.barcode) for tube in blood]
    assert [first.label, second.label] == ["ILDR02-L07-PRE-EDT-01", "ILDR02-L07-PRE-EDT-02"]
    tube = get_tube(bench, first.barcode)
    assert (tube.container_kind, tube.amount, tube.form) == ("k2-edta", None, "primary")
    assert [event.type for event in list_events(bench, first.id)] == [EventType.REGISTERED]


def test_what_was_not_used_is_void_and_what_can_still_be_made_waits(bench: Session) -> None:
    kit = kits.make(bench)
    after = kits.collect(bench, kit, kits.stool(kit)).kit
    assert after.summary.state is KitState.MADE
    assert of_state(after, TubeState.USED) == kits.stool(kit)
    assert of_state(after, TubeState.READY) == kits.codes(kits.tubes_of(kit, "stool", "aliquot"))
    assert (after.summary.used, after.summary.ready, after.summary.void) == (1, 4, 22)


def test_the_rest_waits_when_more_is_to_come(bench: Session) -> None:
    kit = kits.make(bench)
    after = kits.collect(bench, kit, kits.stool(kit), more_to_come=True).kit
    assert (after.summary.used, after.summary.ready, after.summary.void) == (1, 26, 0)
    blood = kits.codes(kits.tubes_of(kit, "blood-edta"))
    later = kits.collect(bench, kit, blood[:1], collected_at=trial.PRE_AT + timedelta(hours=6)).kit
    assert of_state(later, TubeState.USED) == [*kits.stool(kit), blood[0]]
    assert blood[1] in of_state(later, TubeState.VOID)
    assert len(of_state(later, TubeState.READY)) == 4 + 6 + 3 + 2


def test_aliquot_tubes_are_filled_from_what_was_collected_in_their_order(bench: Session) -> None:
    kit = kits.make(bench, specimen_types=("stool",))
    planned = kits.tubes_of(kit, "stool", "aliquot")
    parent = kits.with_amount(kits.stool(kit)[0], "2400", "mg")
    done = kits.collect(bench, kit, [*kits.codes(planned), parent])
    assert [(tube.id, tube.barcode, tube.purpose) for tube in done.made] == [(tube.id, tube.barcode, tube.purpose) for tube in planned]
    assert [tube.label for tube in done.made] == [f"ILDR02-L07-PRE-STL-{number:02d}" for number in (2, 3, 4, 5)]
    assert [tube.purpose for tube in done.made] == ["metagenomics", "metagenomics", "metabolomics-stool", "reserve"]
    assert get_tube(bench, kits.stool(kit)[0]).amount == 1_600_000
    assert done.kit.summary.state is KitState.USED


def test_a_kit_may_be_divided_later_and_both_blood_tubes_feed_one_set(bench: Session) -> None:
    kit = kits.make(bench, specimen_types=("blood-edta",))
    kits.collect(bench, kit, kits.codes(kits.tubes_of(kit, "blood-edta")))
    plasma = kits.codes(kits.tubes_of(kit, "plasma", "aliquot"))
    done = kits.collect(bench, kit, plasma[:5], collected_at=None)
    assert len(done.made) == 5
    assert done.collections == ()
    assert set(get_tube(bench, plasma[0]).parents) == set(kits.codes(kits.tubes_of(kit, "blood-edta")))
    assert of_state(done.kit, TubeState.VOID) == plasma[5:]
    assert len(of_state(done.kit, TubeState.READY)) == 5


def test_a_kit_of_the_stock_becomes_theirs_at_collection(bench: Session) -> None:
    kit = kits.make_for_stock(bench, timepoint=None, specimen_types=("stool",))
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit))) == "kits.not-bound"
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit), participant="L07")) == "kits.not-bound"
    after = kits.collect(bench, kit, kits.stool(kit), participant="L07", timepoint="PRE").kit
    assert (after.summary.participant, after.summary.timepoint) == ("L07", "PRE")
    assert [event.type for event in list_events(bench, kit.summary.id)] == [EventType.KIT_MADE, EventType.KIT_BOUND, EventType.KIT_USED]


def test_what_does_not_fit_the_kit_is_refused_in_words(bench: Session) -> None:
    kit, other = kits.make(bench), kits.make(bench, participant="L08")
    plasma = kits.codes(kits.tubes_of(kit, "plasma", "aliquot"))
    assert refusal(lambda: kits.collect(bench, kit, [])) == "kits.nothing-scanned"
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(other))) == "kits.not-of-this-kit"
    assert refusal(lambda: kits.collect(bench, kit, ["NOPE"])) == "kits.not-of-this-kit"
    assert refusal(lambda: kits.collect(bench, kit, [kit.summary.barcode])) == "kits.not-of-this-kit"
    assert refusal(lambda: kits.collect(bench, kit, [*kits.stool(kit), *kits.stool(kit)])) == "labels.code-given-twice"
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit), collected_at=None)) == "kits.collection-time-missing"
    assert refusal(lambda: kits.collect(bench, kit, plasma, collected_at=None)) == "kits.nothing-to-make-it-of"
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit), participant="L08")) == "kits.of-another"
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit), timepoint="POST")) == "kits.of-another"
    assert (
        refusal(lambda: kits.collect(bench, kit, kits.stool(kit), collected_at=trial.ILDR_AT + timedelta(hours=1)))
        == "studies.treated-already"
    )


def test_a_tube_is_filled_once_and_a_void_one_never(bench: Session) -> None:
    kit = kits.make(bench)
    kits.collect(bench, kit, kits.stool(kit))
    blood = kits.codes(kits.tubes_of(kit, "blood-edta"))
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit))) == "kits.tube-filled-already"
    assert refusal(lambda: kits.collect(bench, kit, blood)) == "kits.tube-void"
    void_kit(bench, kit.summary.barcode, actor=SYSTEM, at=trial.NOW)
    assert get_kit(bench, kit.summary.barcode).summary.state is KitState.USED
    assert refusal(lambda: kits.collect(bench, kit, kits.stool(kit))) == "kits.closed"


def test_registering_by_a_kits_code_uses_the_kit(bench: Session) -> None:
    kit = kits.make_for_stock(bench, timepoint=None)
    command = trial.collection(tubes=(PrimaryTube(None, Decimal(2400), "mg", kits.stool(kit)[0]),))
    done = register_collection(bench, command, actor=SYSTEM, at=trial.NOW)
    assert done.specimens[0].id == kits.tubes_of(kit, "stool")[0].id
    assert get_tube(bench, kits.stool(kit)[0]).container_kind == "stool-tube"
    after = get_kit(bench, kit.summary.barcode)
    assert (after.summary.participant, after.summary.timepoint, after.summary.used, after.summary.void) == ("L07", "PRE", 1, 0)


def test_registering_by_a_kits_code_what_it_is_not_labelled_for_is_refused(bench: Session) -> None:
    kit = kits.make(bench)
    stool, (plasma, *_), (blood, *_) = (
        kits.stool(kit)[0],
        kits.codes(kits.tubes_of(kit, "plasma", "aliquot")),
        kits.codes(kits.tubes_of(kit, "blood-edta")),
    )
    portion = kits.codes(kits.tubes_of(kit, "stool", "aliquot"))[0]

    def register(code: str, **more: object) -> object:
        command = trial.collection(tubes=(PrimaryTube("stool-tube", None, None, code),), **more)
        return register_collection(bench, command, actor=SYSTEM, at=trial.NOW)

    assert refusal(lambda: register(stool, participant="L08")) == "kits.of-another"
    assert refusal(lambda: register(stool, timepoint="POST", collected_at=trial.NOW, received_at=None, frozen_at=None)) == "kits.of-another"
    assert refusal(lambda: register(blood)) == "kits.of-another-type"
    assert refusal(lambda: register(plasma)) == "kits.of-another-type"
    assert refusal(lambda: register(portion)) == "kits.of-another-form"
    assert refusal(lambda: register(kit.summary.barcode)) == "labels.code-taken"
    register(stool)
    assert refusal(lambda: register(stool)) == "kits.tube-filled-already"


def test_dividing_by_a_kits_codes_uses_the_kit_and_what_its_tubes_are_for(bench: Session) -> None:
    kit = kits.make(bench)
    kits.collect(bench, kit, [kits.with_amount(kits.stool(kit)[0], "2400", "mg")], more_to_come=True)
    portions = kits.codes(kits.tubes_of(kit, "stool", "aliquot"))
    command = DeriveAliquots(parents=tuple(kits.stool(kit)), count=4, amount=Decimal(200), unit="mg", barcodes=tuple(portions))
    made = derive_aliquots(bench, command, actor=SYSTEM, at=trial.NOW)
    assert [(tube.barcode, tube.purpose) for tube in made] == [
        (tube.barcode, tube.purpose) for tube in kits.tubes_of(kit, "stool", "aliquot")
    ]
    assert get_kit(bench, kit.summary.barcode).summary.used == 5
    with pytest.raises(LimsError):
        derive_aliquots(bench, command, actor=SYSTEM, at=trial.NOW)


def test_aliquot_tubes_with_codes_of_their_own_need_no_kit(bench: Session) -> None:
    parent = trial.tube(bench)
    command = DeriveAliquots(parents=(parent.barcode,), count=2, amount=Decimal(200), unit="mg", barcodes=("FD00000001", "FD00000002"))
    assert [tube.barcode for tube in derive_aliquots(bench, command, actor=SYSTEM, at=trial.NOW)] == ["FD00000001", "FD00000002"]
    few = DeriveAliquots(parents=(parent.barcode,), count=2, amount=Decimal(200), unit="mg", barcodes=("FD00000003",))
    assert refusal(lambda: derive_aliquots(bench, few, actor=SYSTEM, at=trial.NOW)) == "specimens.codes-not-for-each"


def test_what_was_taken_before_consent_was_withdrawn_may_still_be_entered(bench: Session) -> None:
    kit = kits.make(bench)
    trial.withdraw(bench, on=date(2026, 9, 1))
    done = kits.collect(bench, kit, kits.stool(kit))
    assert done.collections[0].specimens[0].barcode == kits.stool(kit)[0]
    portions = kits.codes(kits.tubes_of(kit, "stool", "aliquot"))
    assert refusal(lambda: kits.collect(bench, kit, portions, collected_at=None)) == "specimens.consent-withdrawn"


def test_a_label_that_waits_for_its_tube_cannot_be_worked_with(bench: Session) -> None:
    kit = kits.make(bench)
    assert refusal(lambda: lock_specimen(bench, kits.stool(kit)[0])) == "specimens.not-filled"
    assert refusal(lambda: get_tube(bench, kits.stool(kit)[0])) == "specimens.not-filled"
