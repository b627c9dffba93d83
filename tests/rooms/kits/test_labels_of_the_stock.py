"""Labels of a kit that is nobody's yet: they become its participant's when the kit does, and stop when that participant withdraws."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.db import Database, table_of
from lims.kits.service import bind_kit, void_kit
from lims.kits.vocabulary import Kit
from lims.printing.models import LabelPrintRow
from lims.printing.queries import get_job
from lims.printing.service import reprint_from
from lims.printing.vocabulary import LabelPrint, LabelState, VoidReason
from lims.storage.tubes import get_tube
from tests.factories import kits, printing, trial
from tests.factories.printing import come_out
from tests.support.printers.label_printer import LabelPrinter
from tests.support.printers.working import labels_in, wait_for_states, working
from tests.support.tampering import edit, take_guards_away

_LABEL = table_of(LabelPrintRow).c


@pytest.fixture
def stock(bench: Session) -> Iterator[Kit]:
    """A kit of the stock, and a printer; whatever the test does, everything verifies afterwards."""
    printing.printer(bench)
    yield kits.make_for_stock(bench, specimen_types=("stool",))
    assert [str(each) for each in verify(bench, ledger_checks())] == []


def labels(session: Session, job_id: int) -> tuple[LabelPrint, ...]:
    return get_job(session, job_id).labels


def bind(session: Session, kit: Kit, participant: str = "L07") -> None:
    bind_kit(session, kit.summary.barcode, participant, actor=SYSTEM, at=trial.NOW)


def participants_of(session: Session, job_id: int) -> set[int | None]:
    return {label.participant_id for label in labels(session, job_id)}


def test_labels_queued_before_the_kit_is_somebodys_stop_when_they_withdraw(bench: Session, stock: Kit) -> None:
    job = kits.ask(bench, stock.summary.barcode)
    come_out(bench, job, lines=(1,))
    come_out(bench, job, LabelState.SENDING, lines=(2,))
    assert participants_of(bench, job) == {None}
    bind(bench, stock)
    assert None not in participants_of(bench, job)
    assert len(participants_of(bench, job)) == 1
    trial.withdraw(bench)
    first, second, *rest = labels(bench, job)
    assert (first.state, second.state) == (LabelState.PRINTED, LabelState.SENDING)
    assert {label.void_reason for label in rest} == {VoidReason.WITHDRAWN}


def test_the_labels_of_another_kit_wait_on(bench: Session, stock: Kit) -> None:
    other = kits.make_for_stock(bench, specimen_types=("stool",))
    ours, others = (kits.ask(bench, kit.summary.barcode) for kit in (stock, other))
    bind(bench, stock)
    bind(bench, other, "L08")
    trial.withdraw(bench)
    assert {label.state for label in labels(bench, ours)} == {LabelState.VOID}
    assert {label.state for label in labels(bench, others)} == {LabelState.QUEUED}


def test_the_form_of_the_kit_stops_too(bench: Session, stock: Kit) -> None:
    printing.printer(bench, "forms", stock="form")
    job = kits.ask(bench, stock.summary.barcode, on="forms", template="form")
    bind(bench, stock)
    trial.withdraw(bench)
    assert [label.void_reason for label in labels(bench, job)] == [VoidReason.WITHDRAWN]


def test_collecting_from_a_kit_of_the_stock_gives_its_labels_too(bench: Session, stock: Kit) -> None:
    job = kits.ask(bench, stock.summary.barcode)
    kits.collect(bench, stock, kits.stool(stock), participant="L07", more_to_come=True)
    (code,) = kits.stool(stock)
    assert get_tube(bench, code).participant == "L07"
    trial.withdraw(bench)
    assert {label.void_reason for label in labels(bench, job)} == {VoidReason.WITHDRAWN}


def test_a_copy_of_a_label_of_the_stock_is_of_whose_the_kit_is_by_then(bench: Session, stock: Kit) -> None:
    job = kits.ask(bench, stock.summary.barcode)
    come_out(bench, job)
    bind(bench, stock)
    again = reprint_from(bench, job, 1, "jam", actor=SYSTEM, at=trial.NOW)
    assert None not in participants_of(bench, again)
    trial.withdraw(bench)
    assert {label.void_reason for label in labels(bench, again)} == {VoidReason.WITHDRAWN}


def test_a_label_void_before_stays_nobodys_and_a_void_kit_gives_nothing(bench: Session, stock: Kit) -> None:
    job = kits.ask(bench, stock.summary.barcode)
    void_kit(bench, stock.summary.barcode, actor=SYSTEM, at=trial.NOW)
    assert {(label.participant_id, label.void_reason) for label in labels(bench, job)} == {(None, VoidReason.UNUSED)}


def test_a_label_is_given_to_a_participant_once(database: Database) -> None:
    with database.transaction() as session:
        trial.begin(session)
        trial.enrol(session, "L08")
        printing.printer(session)
        kit = kits.make_for_stock(session, specimen_types=("stool",))
        kits.ask(session, kit.summary.barcode)
        bind(session, kit)
        other = kits.make_for_stock(session, specimen_types=("stool",))
        job = kits.ask(session, other.summary.barcode)
        bind(session, other, "L08")
        (theirs,) = participants_of(session, job)
    for owner in (theirs, None):
        with pytest.raises(Exception, match="goes forward only"), database.transaction() as session:
            session.execute(update(table_of(LabelPrintRow)).where(_LABEL.job_id != job).values(participant_id=owner))


def test_a_label_taken_from_whose_the_kit_is_is_named_when_all_is_verified(bench: Session) -> None:
    printing.printer(bench)
    kit = kits.make_for_stock(bench, specimen_types=("stool",))
    job = kits.ask(bench, kit.summary.barcode)
    bind(bench, kit)
    take_guards_away(bench)
    edit(bench, "UPDATE label_print SET participant_id = NULL WHERE job_id = :job AND line = 1", job=job)
    (found,) = verify(bench, ledger_checks())
    assert found.sentence.startswith("the label ")
    assert "is of participant None, the kit of" in found.sentence


def test_the_worker_prints_nothing_of_a_kit_whose_participant_withdrew(database: Database) -> None:
    with LabelPrinter() as printer:
        with database.transaction() as session:
            trial.begin(session)
            printing.printer(session, address=printer.address)
            kit = kits.make_for_stock(session, specimen_types=("stool",))
            kits.ask(session, kit.summary.barcode, at=clock.now())
        printer.jam_after = 1
        with working(database):
            wait_for_states(database, printed=1, sent=1, queued=len(kit.tubes) - 2)
            with database.transaction() as session:
                bind_kit(session, kit.summary.barcode, "L07", actor=SYSTEM, at=clock.now())
                trial.withdraw(session, at=clock.now())
            printer.clear()
            wait_for_states(database, printed=2, void=len(kit.tubes) - 2)
        assert len(printer.printed) == 2
    assert {label.void_reason for label in labels_in(database)} == {None, VoidReason.WITHDRAWN}
    with database.snapshot() as session:
        assert [str(each) for each in verify(session, ledger_checks())] == []
        assert session.execute(select(_LABEL.participant_id).where(_LABEL.participant_id.is_(None))).all() == []
