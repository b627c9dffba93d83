"""Asking for labels: the first is free, a further one needs a reason, is counted, marked, and replaces the former."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.custody.vocabulary import EventType, SubjectKind
from lims.labels.drawing import known_templates
from lims.labels.queries import find_binding, get_binding
from lims.labels.render_errors import (
    FormatNotForTemplate,
    LabelCountOutOfRange,
    ResolutionNotForTemplate,
    StartOutOfRange,
    SymbolDoesNotFit,
    TemplateNotFound,
)
from lims.labels.vocabulary import CodeRole
from lims.printing import rules
from lims.printing.copies import NewLabel
from lims.printing.errors import (
    AskedAtOnce,
    BadWords,
    LabelWantedTwice,
    MarksUsedUp,
    MoreCopiesNotAllowed,
    NoRoomForMark,
    OtherStockLoaded,
    ReprintNeedsReason,
    TemplateForAnotherSubject,
)
from lims.printing.printer_errors import PrinterRetired, UnknownPrinter
from lims.printing.queries import find_label_by_symbol, get_job, labels_of, list_jobs
from lims.printing.service import request_labels
from lims.printing.subjects import wanted_for
from lims.printing.vocabulary import JobState, LabelPrint, LabelState, LabelWanted, VoidReason
from lims.specimens.errors import ConsentWithdrawn, UnknownSpecimen
from lims.storage.containers import create_container
from lims.storage.label_fields import NoSuchSubject
from lims.storage.vocabulary import CreateContainer
from tests.factories.printing import ask, come_out, office_printer, printer
from tests.factories.trial import NOW, old_tube, withdraw

TECHNICIAN = Actor(SYSTEM.id, SYSTEM.username, Role.TECHNICIAN)


def only_label(session: Session, job_id: int) -> LabelPrint:
    (label,) = get_job(session, job_id).labels
    return label


def print_one(session: Session, barcode: str, reason: str | None = None, **more: Any) -> LabelPrint:
    """A label asked for, and out of the printer."""
    job_id = ask(session, barcode, reason, **more)
    come_out(session, job_id)
    return only_label(session, job_id)


def container(session: Session, type_: str, name: str, parent: str | None = None) -> str:
    """The barcode of a new container."""
    command = CreateContainer(type=type_, name=name, parent=parent)
    return create_container(session, command, actor=SYSTEM, at=NOW).barcode


def test_labels_are_queued_in_the_order_asked_for(session: Session, barcodes: list[str]) -> None:
    job = get_job(session, ask(session, barcodes[::-1]))
    assert [label.barcode for label in job.labels] == barcodes[::-1]
    assert [label.line for label in job.labels] == [1, 2, 3, 4]
    assert {(label.symbol == label.barcode, label.copy, label.state, label.reason) for label in job.labels} == {
        (True, 1, LabelState.QUEUED, None)
    }
    assert (job.state, job.printer, job.requested_by, job.purpose) == (JobState.WAITING, "bench", "system", "aliquots")
    assert job.labels[0].fields["label"].startswith("ILDR02-L07-PRE-STL-")


def test_a_further_label_needs_a_reason_and_carries_a_mark(session: Session, barcodes: list[str]) -> None:
    first = print_one(session, barcodes[0])
    with pytest.raises(ReprintNeedsReason, match="Say why"):
        ask(session, barcodes[0])
    second = only_label(session, ask(session, barcodes[0], "frosted over"))
    assert (second.copy, second.symbol, second.reason) == (2, f"{barcodes[0]}2", "frosted over")
    binding = get_binding(session, second.symbol)
    assert (binding.subject_id, binding.role) == (second.subject_id, CodeRole.COPY)
    former = labels_of(session, [second.subject_id])[second.subject_id][0]
    assert (former.id, former.state, former.void_reason) == (first.id, LabelState.VOID, VoidReason.REPLACED)


def test_of_a_tray_only_those_that_had_a_label_are_copies(session: Session, barcodes: list[str]) -> None:
    print_one(session, barcodes[2])
    job = get_job(session, ask(session, barcodes, "tray dropped"))
    assert [(label.copy, label.reason) for label in job.labels] == [(1, None), (1, None), (2, "tray dropped"), (1, None)]


def test_a_label_replaced_before_it_left_the_queue_frees_its_number(session: Session, barcodes: list[str]) -> None:
    ask(session, barcodes[0])
    with pytest.raises(ReprintNeedsReason):
        ask(session, barcodes[0])
    again = only_label(session, ask(session, barcodes[0], "wrong printer"))
    assert (again.copy, again.symbol) == (1, barcodes[0])
    assert find_label_by_symbol(session, barcodes[0]) == again


def test_the_code_of_a_copy_that_never_left_the_queue_is_used_again(session: Session, barcodes: list[str]) -> None:
    print_one(session, barcodes[0])
    ask(session, barcodes[0], "smudged")
    third = only_label(session, ask(session, barcodes[0], "wrong printer"))
    assert (third.copy, third.symbol) == (2, f"{barcodes[0]}2")


def test_from_the_fourth_label_on_a_coordinator_decides(session: Session, barcodes: list[str]) -> None:
    print_one(session, barcodes[0])
    for number in (2, 3):
        assert print_one(session, barcodes[0], "lost", actor=TECHNICIAN).copy == number
    with pytest.raises(MoreCopiesNotAllowed, match="has had 3 labels"):
        ask(session, barcodes[0], "lost", actor=TECHNICIAN)
    coordinator = replace(TECHNICIAN, role=Role.COORDINATOR)
    assert print_one(session, barcodes[0], "lost", actor=coordinator).symbol == f"{barcodes[0]}4"


def test_a_mark_that_makes_the_code_of_another_thing_is_passed_over(session: Session, barcodes: list[str]) -> None:
    short = old_tube(session, barcode="OLD-7").barcode
    other = old_tube(session, barcode="OLD-72").barcode
    print_one(session, short)
    copies = [print_one(session, short, "lost").symbol for _ in range(2)]
    assert copies == ["OLD-73", "OLD-74"]
    assert get_binding(session, "OLD-72").subject_id == get_binding(session, other).subject_id


def test_a_label_has_as_many_copies_as_there_are_marks(session: Session, barcodes: list[str]) -> None:
    print_one(session, barcodes[0])
    symbols = [print_one(session, barcodes[0], "lost").symbol for _ in range(31)]
    assert len(set(symbols)) == 31
    with pytest.raises(MarksUsedUp):
        ask(session, barcodes[0], "lost")


def test_a_code_as_long_as_a_symbol_may_be_has_one_label_only(session: Session, barcodes: list[str]) -> None:
    long = old_tube(session, barcode="OLD-" + "7" * 26).barcode
    printer(session, "large", stock="location")
    wanted = wanted_for(session, known_templates()["cryo-wrap"], [long])
    label = replace(wanted[0], kind=SubjectKind.CONTAINER, fields={"barcode": long, "name": "B1"})
    asked: dict[str, Any] = {"printer": "large", "template": "location", "wanted": [label], "purpose": "x", "actor": SYSTEM, "at": NOW}
    come_out(session, request_labels(session, **asked))
    with pytest.raises(NoRoomForMark, match="30 characters"):
        request_labels(session, **asked, reason="lost")


def test_a_symbol_that_does_not_fit_is_refused_with_the_numbers_and_nothing_is_queued(session: Session, barcodes: list[str]) -> None:
    long = old_tube(session, barcode="OLD-INVENTORY/2019:SHELF-4.B_9").barcode
    printer(session, "cap", stock="cap-dot")
    with pytest.raises(SymbolDoesNotFit, match=r"it needs \d+\.\d × \d+\.\d mm, the label has"):
        ask(session, [barcodes[0], long], on="cap", template="cap-dot")
    assert list_jobs(session) == []


def test_bad_requests_are_told_apart(session: Session, barcodes: list[str]) -> None:
    printer(session, "gone", retired_at=NOW)
    printer(session, "coarse", dpi=203)
    printer(session, "sheets", stock="cryo-sheet-a4")
    with pytest.raises(UnknownPrinter):
        ask(session, barcodes, on="nowhere")
    with pytest.raises(PrinterRetired):
        ask(session, barcodes, on="gone")
    with pytest.raises(TemplateNotFound):
        request_labels(session, printer="bench", template="nothing", wanted=[], purpose="", actor=SYSTEM, at=NOW)
    with pytest.raises(OtherStockLoaded, match="bench holds"):
        ask(session, barcodes, template="slide")
    with pytest.raises(FormatNotForTemplate):
        ask(session, barcodes, on="sheets", template="cryo-sheet-a4")
    with pytest.raises(StartOutOfRange):
        ask(session, barcodes, start=2)
    with pytest.raises(BadWords):
        ask(session, barcodes, "two\nlines")
    with pytest.raises(BadWords):
        ask(session, barcodes, "x" * 201)
    assert list_jobs(session) == []


def test_a_resolution_the_template_makes_no_sense_at_is_refused(session: Session, barcodes: list[str]) -> None:
    narrow = next(each for each in known_templates().values() if 203 not in each.stock.dpi and each.subject == "specimen")
    printer(session, "coarse", dpi=203, stock=narrow.name, language="pdf")
    with pytest.raises(ResolutionNotForTemplate):
        ask(session, barcodes, on="coarse", template=narrow.name)


def test_a_thing_is_named_once_by_whichever_of_its_codes(session: Session, barcodes: list[str]) -> None:
    copy = [print_one(session, barcodes[0]), print_one(session, barcodes[0], "lost")][1]
    with pytest.raises(LabelWantedTwice, match="at 1 and at 3"):
        ask(session, [barcodes[0], barcodes[1], copy.symbol], "lost")


def test_what_is_no_tube_has_no_label_of_a_tube(session: Session, barcodes: list[str]) -> None:
    box = container(session, "box-9x9", "B1")
    with pytest.raises(UnknownSpecimen):
        ask(session, [box])
    with pytest.raises(NoSuchSubject):
        wanted_for(session, known_templates()["form"], barcodes)
    tubes = wanted_for(session, known_templates()["cryo-wrap"], barcodes)
    with pytest.raises(TemplateForAnotherSubject):
        request_labels(session, printer="bench", template="box", wanted=tubes, purpose="x", actor=SYSTEM, at=NOW)


def test_none_or_too_many_labels_are_refused(session: Session, barcodes: list[str]) -> None:
    one = wanted_for(session, known_templates()["cryo-wrap"], barcodes)[0]
    many = [replace(one, subject_id=one.subject_id + number) for number in range(rules.MOST_LABELS + 1)]
    for wanted in ([], many):
        with pytest.raises(LabelCountOutOfRange, match="1 to 500"):
            request_labels(session, printer="bench", template="cryo-wrap", wanted=wanted, purpose="x", actor=SYSTEM, at=NOW)


def test_nothing_of_a_participant_who_withdrew_is_printed(session: Session, barcodes: list[str]) -> None:
    withdraw(session)
    with pytest.raises(ConsentWithdrawn):
        ask(session, barcodes)


def test_boxes_are_labelled_with_the_way_to_them(session: Session, barcodes: list[str]) -> None:
    freezer = container(session, "freezer", "F1")
    boxes = [container(session, "shelf", name, freezer) for name in ("S1", "S2")]
    printer(session, "large", stock="location")
    job = get_job(session, ask(session, boxes, on="large", template="location"))
    assert [label.fields["path"] for label in job.labels] == ["F1", "F1"]
    come_out(session, job.id)
    again = get_job(session, ask(session, boxes[0], "torn", on="large", template="location")).labels[0]
    assert find_binding(session, again.symbol) is not None


def test_an_office_printer_takes_any_stock_where_none_is_said_to_be_loaded(session: Session, barcodes: list[str]) -> None:
    office_printer(session, stock="")
    job = get_job(session, ask(session, barcodes, on="office", template="cryo-sheet-a4", start=7))
    assert (job.start, len(job.labels)) == (7, 4)


def test_the_event_of_a_job_says_every_label(session: Session, barcodes: list[str]) -> None:
    print_one(session, barcodes[0])
    job_id = ask(session, barcodes[:2], "lost")
    canonical = session.execute(text("SELECT canonical FROM custody_event WHERE subject_id = :id"), {"id": job_id}).scalar_one()
    event = json.loads(canonical)
    assert (event[5], event[10]) == (EventType.JOB_QUEUED, "lost")
    assert [(each["symbol"], each["copy"]) for each in event[12]["labels"]] == [(f"{barcodes[0]}2", 2), (barcodes[1], 1)]


def test_the_database_refuses_a_second_label_that_counts(session: Session, barcodes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = ask(session, barcodes[0])
    monkeypatch.setattr("lims.printing.service.plan_copies", _as_if_it_were_the_first)
    with pytest.raises(AskedAtOnce), session.begin_nested():
        ask(session, barcodes[0], "lost")
    label = only_label(session, job_id)
    raw = "UPDATE label_print SET {} WHERE id = :id"
    for change in ("copy = 2", "symbol = 'X'", "job_id = job_id + 1", "reason = 'x'"):
        with pytest.raises((DBAPIError, IntegrityError)), session.begin_nested():
            session.execute(text(raw.format(change)), {"id": label.id})
    assert only_label(session, job_id) == label


def _as_if_it_were_the_first(_session: Session, wanted: list[LabelWanted], *_: object) -> list[Any]:
    return [NewLabel(wanted=each, copy=1, symbol=each.barcode, reason=None, former=None) for each in wanted]
