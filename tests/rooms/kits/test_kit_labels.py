"""Labels of kits: one job in the order of the work, saying what is certain; a later copy collects as well; unused ones are void."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.errors import LimsError
from lims.ids import in_fours
from lims.kits.labels import wanted_and_held, wanted_for
from lims.kits.service import bind_kit, void_kit
from lims.kits.vocabulary import Kit
from lims.labels.drawing import known_templates
from lims.labels.fonts import printable
from lims.labels.renderers import render
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import add_printer
from lims.printing.queries import get_job
from lims.printing.service import request_labels, take_file
from lims.printing.vocabulary import Job, LabelState, PrinterKind, VoidReason
from lims.storage.tubes import get_tube
from tests.factories import kits, trial

WRAP, FORM = known_templates()["cryo-wrap"], known_templates()["form"]


@pytest.fixture
def office(bench: Session) -> Session:
    """With a printer that everything can be asked of."""
    add_printer(bench, name="Office", kind=PrinterKind.OFFICE, actor=SYSTEM, at=trial.NOW, hosts=PrinterHosts.of([]))
    return bench


def printed(session: Session, *codes: str, template: str = "cryo-wrap", reason: str | None = None) -> Job:
    wanted = wanted_and_held(session, known_templates()[template], codes)
    job_id = request_labels(
        session, printer="Office", template=template, wanted=wanted, purpose="kit", reason=reason, actor=SYSTEM, at=trial.NOW
    )
    return get_job(session, job_id)


def fields_of(session: Session, kit: Kit, line: int) -> dict[str, str]:
    return dict(wanted_for(session, WRAP, [kit.summary.barcode])[line - 1].fields)


def test_a_kits_code_asks_for_all_its_tubes_in_the_order_of_the_work(office: Session) -> None:
    kit = kits.make(office)
    job = printed(office, kit.summary.barcode)
    assert [label.barcode for label in job.labels] == kits.codes(kit.tubes)
    assert {(label.copy, label.state) for label in job.labels} == {(1, LabelState.QUEUED)}


def test_a_label_says_what_is_certain_before_the_tube_is_filled(office: Session) -> None:
    kit = kits.make(office)
    plasma = fields_of(office, kit, kits.tubes_of(kit, "plasma", "aliquot")[1].line)
    assert plasma | {"barcode": ""} == {
        "barcode": "",
        "label": f"{kit.summary.barcode}-14",
        "study": "ILDR-02",
        "participant": "L07",
        "timepoint": "PRE",
        "side": "pre",
        "specimen_type": "Plasma",
        "amount": "0.5 mL",
        "collected_on": "",
        "ordinal": "2/6",
    }
    assert fields_of(office, kit, 2)["amount"] == ""  # how much blood comes, nobody knows


def test_a_kit_of_the_stock_bears_its_own_code_until_it_is_somebodys(office: Session) -> None:
    kit = kits.make_for_stock(office, timepoint=None)
    assert (fields_of(office, kit, 1)["participant"], fields_of(office, kit, 1)["timepoint"]) == (in_fours(kit.summary.barcode), "")
    bind_kit(office, kit.summary.barcode, "L07", "PRE", actor=SYSTEM, at=trial.NOW)
    assert fields_of(office, kit, 1)["participant"] == "L07"


def test_every_template_takes_the_labels_of_a_kit(office: Session) -> None:
    codes = [kits.make(office).summary.barcode, kits.make_for_stock(office, timepoint=None).summary.barcode]
    for template in known_templates().values():
        if template.subject in {"specimen", "form"}:
            values = [each.fields for each in wanted_for(office, template, codes)]
            assert render(template, values[:3], format="svg", dpi=template.stock.dpi[0])


def test_on_a_form_the_code_stands_for_the_kit_and_what_is_to_be_ticked(office: Session) -> None:
    kit = kits.make(office)
    (wanted,) = wanted_for(office, FORM, [kit.summary.barcode])
    assert (wanted.subject_id, wanted.fields["code"], wanted.fields["title"]) == (kit.summary.id, kit.summary.barcode, "L07 PRE · ILDR-02")
    assert wanted.fields["line2"] == "[  ] [  ]  2 × Blood, EDTA, into 6 Plasma, 3 PBMC, 2 Whole blood"
    assert all(printable(text) == text for text in wanted.fields.values())
    assert printed(office, kit.summary.barcode, template="form").labels[0].barcode == kit.summary.barcode


def test_a_tube_is_collected_by_a_later_copy_of_its_label(office: Session) -> None:
    kit = kits.make(office)
    first = printed(office, *kits.stool(kit))
    take_file(office, first.id, actor=SYSTEM, at=trial.NOW)
    again = printed(office, *kits.stool(kit), reason="torn").labels[0]
    assert (again.copy, again.symbol[:-1]) == (2, again.barcode)
    done = kits.collect(office, kit, [again.symbol])
    assert done.collections[0].specimens[0].barcode == again.barcode
    assert get_tube(office, again.symbol).barcode == again.barcode


def test_closing_a_kit_makes_the_labels_it_did_not_use_void(office: Session) -> None:
    kit = kits.make(office)
    job = printed(office, kit.summary.barcode)
    kits.collect(office, kit, kits.stool(kit))
    void_kit(office, kit.summary.barcode, actor=SYSTEM, at=trial.NOW)
    after = get_job(office, job.id).labels
    assert [label.barcode for label in after if label.state is not LabelState.VOID] == kits.stool(kit)
    assert {label.void_reason for label in after} == {None, VoidReason.UNUSED}


def test_what_must_not_be_printed_of_a_kit_is_refused_in_words(office: Session) -> None:
    kit, closed = kits.make(office), kits.make(office)
    void_kit(office, closed.summary.barcode, actor=SYSTEM, at=trial.NOW)
    for code, expected in (
        (closed.summary.barcode, "kits.closed"),
        (closed.tubes[0].barcode, "kits.tube-void"),
        ("NOPE", "specimens.unknown"),
    ):
        with pytest.raises(LimsError) as refused:
            printed(office, code)
        assert refused.value.code == expected
    trial.withdraw(office, on=date(2026, 9, 1))
    with pytest.raises(LimsError) as refused:
        printed(office, kit.summary.barcode)
    assert refused.value.code == "specimens.consent-withdrawn"


def test_tubes_of_kits_and_others_are_printed_together_in_the_order_given(office: Session) -> None:
    kit, other = kits.make(office), trial.tube(office)
    kits.collect(office, kit, kits.stool(kit))
    portion = kits.tubes_of(kit, "stool", "aliquot")[0].barcode
    job = printed(office, portion, other.barcode, *kits.stool(kit))
    assert [label.barcode for label in job.labels] == [portion, other.barcode, *kits.stool(kit)]
