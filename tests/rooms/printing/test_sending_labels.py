"""The worker at a label printer: each label once, in order, whatever the printer does meanwhile."""

import time
from collections.abc import Iterator, Sequence

import pytest

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.printing import delivery, leases, lines, raw, sending, service, worker
from lims.printing.lines import Standing
from lims.printing.printers import pause_printer, resume_printer
from lims.printing.queries import get_printer
from lims.printing.sending import PrinterWork
from lims.printing.vocabulary import Fault, LabelState, PrinterState, VoidReason
from tests.factories import printing, trial
from tests.support.counting import count_statements
from tests.support.printers.label_printer import LabelPrinter
from tests.support.printers.working import (
    ask_for_labels,
    check_books,
    check_none_lost_none_doubled,
    labels_in,
    states_in,
    wait_for_states,
    wait_until,
    working,
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks more often than is worth it."""
    monkeypatch.setattr(worker, "LOOK_S", 0.05)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(delivery, "GONE_S", 0.3)
    monkeypatch.setattr(raw, "REPLY_S", 0.3)


@pytest.fixture
def bench() -> Iterator[LabelPrinter]:
    """A label printer."""
    with LabelPrinter() as printer:
        yield printer


def test_every_label_comes_out_once_in_the_order_of_its_lines(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, 12)
    with working(database):
        wait_for_states(database, printed=12)
    labels = labels_in(database)
    assert bench.printed == [label.barcode for label in labels]
    assert all(label.sent_at and label.printed_at and label.sent_at <= label.printed_at for label in labels)
    assert bench.connections == 1
    with database.read() as session:
        printer = get_printer(session, "bench")
    assert (printer.state, printer.faults) == (PrinterState.READY, ())
    assert printer.asked_at is not None


def test_a_jam_holds_the_next_label_back_until_it_is_cleared(database: Database, bench: LabelPrinter) -> None:
    bench.jam_after = 3
    ask_for_labels(database, bench.address, 6)
    with working(database):
        wait_until(lambda: state_of(database) == Standing(PrinterState.NOT_READY, (Fault.MEDIA_OUT,)))
        wait_for_states(database, printed=3, sent=1, queued=2)
        bench.clear()
        wait_for_states(database, printed=6)
    check_none_lost_none_doubled(database, bench.printed)
    assert len(labels_in(database)) == 6


@pytest.mark.parametrize("silent_from", ["the start", "a jam"])
def test_a_silent_printer_is_not_ready_and_gets_nothing_more(database: Database, bench: LabelPrinter, silent_from: str) -> None:
    bench.silent, bench.jam_after, bench.tells = silent_from == "the start", 2 if silent_from == "a jam" else None, False
    ask_for_labels(database, bench.address, 4)
    with working(database):
        wait_until(lambda: state_of(database) == Standing(PrinterState.NOT_READY, (Fault.SILENT,)))
        time.sleep(0.5)
        assert states_in(database)[LabelState.QUEUED] == (4 if bench.silent else 1)
        bench.clear()
        wait_for_states(database, printed=4)
    assert len(bench.printed) == len(labels_in(database)) == 4


def test_a_label_cut_off_half_way_is_void_and_a_copy_follows(database: Database, bench: LabelPrinter) -> None:
    bench.breaks_off = 1
    job = ask_for_labels(database, bench.address, 3)
    with working(database):
        wait_for_states(database, printed=3, void=1)
    first, *_, copy = labels_in(database)
    assert (first.void_reason, copy.barcode, copy.copy, copy.reason) == (VoidReason.INTERRUPTED, first.barcode, 2, "interrupted")
    assert (copy.job_id, copy.line) == (job, 4)
    assert bench.printed == [label.symbol for label in labels_in(database)[1:]]
    check_none_lost_none_doubled(database, bench.printed)


def test_a_printer_that_breaks_off_every_time_is_paused(database: Database, bench: LabelPrinter) -> None:
    bench.breaks_off = 1000
    ask_for_labels(database, bench.address, 2)
    with working(database):
        wait_until(lambda: is_paused(database))
        assert states_in(database) == {LabelState.VOID: sending.MOST_INTERRUPTED, LabelState.QUEUED: 2}
        bench.breaks_off = 0
        with database.transaction() as session:
            resume_printer(session, "bench", actor=SYSTEM, at=clock.now())
        wait_until(lambda: states_in(database)[LabelState.PRINTED] == 2)
    assert states_in(database)[LabelState.VOID] == sending.MOST_INTERRUPTED
    check_none_lost_none_doubled(database, bench.printed)


def test_who_was_switched_off_with_a_label_in_its_memory_gets_a_copy_of_it(database: Database, bench: LabelPrinter) -> None:
    bench.jam_after = 1
    ask_for_labels(database, bench.address, 3)
    with working(database):
        wait_for_states(database, printed=1, sent=1, queued=1)
        bench.switch_off()
        wait_until(lambda: state_of(database).state is PrinterState.UNREACHABLE)
        bench.clear()
        bench.switch_on()
        wait_for_states(database, printed=3, void=1)
    check_none_lost_none_doubled(database, bench.printed)


def stopped_in_a_jam(database: Database, bench: LabelPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker stops while the printer holds a label in its memory, and has been away for a while."""
    bench.jam_after = 1
    ask_for_labels(database, bench.address, 3)
    with working(database):
        wait_for_states(database, printed=1, sent=1, queued=1)
    monkeypatch.setattr(lines, "RESTART_S", 0.0)


def test_who_was_switched_off_while_no_worker_ran_gets_a_copy_of_what_it_held(
    database: Database, bench: LabelPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_in_a_jam(database, bench, monkeypatch)
    bench.switch_off()
    bench.clear()
    bench.switch_on()
    with working(database):
        wait_for_states(database, printed=3, void=1)
    assert [label.void_reason for label in labels_in(database) if label.void_reason] == [VoidReason.INTERRUPTED]
    assert len(bench.printed) == 3
    check_none_lost_none_doubled(database, bench.printed)


def test_a_label_the_printer_still_holds_when_a_worker_comes_back_is_printed_once(
    database: Database, bench: LabelPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_in_a_jam(database, bench, monkeypatch)
    before = bench.answers
    with working(database):
        wait_until(lambda: bench.answers > before)
        bench.clear()
        wait_for_states(database, printed=3)
    assert len(bench.printed) == 3
    check_none_lost_none_doubled(database, bench.printed)


def test_a_label_that_came_out_while_nobody_looked_is_void_and_a_copy_follows(
    database: Database, bench: LabelPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_in_a_jam(database, bench, monkeypatch)
    bench.clear()
    bench.wait_for(2)
    with working(database):
        wait_for_states(database, printed=3, void=1)
    assert len(bench.printed) == 4
    check_none_lost_none_doubled(database, bench.printed)


def test_a_worker_that_stops_sees_its_label_out(database: Database, bench: LabelPrinter) -> None:
    bench.seconds_per_label = 0.3
    ask_for_labels(database, bench.address, 3)
    with working(database):
        wait_until(lambda: states_in(database)[LabelState.SENT] == 1)
    assert LabelState.SENT not in states_in(database)
    assert states_in(database)[LabelState.PRINTED] == len(bench.printed)
    check_none_lost_none_doubled(database, bench.printed)


def test_nobody_at_the_port_is_unreachable_until_somebody_is(database: Database, bench: LabelPrinter) -> None:
    bench.switch_off()
    ask_for_labels(database, bench.address, 2)
    with working(database):
        wait_until(lambda: state_of(database).state is PrinterState.UNREACHABLE)
        bench.switch_on()
        wait_for_states(database, printed=2)
    assert len(labels_in(database)) == 2


def test_a_machine_that_is_not_listed_is_never_connected_to(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, 1)
    with working(database, hosts=["10.0.0.0/8"]):
        wait_until(lambda: state_of(database).state is PrinterState.UNREACHABLE)
    assert bench.connections == 0


def test_one_slow_printer_holds_up_nobody(database: Database, bench: LabelPrinter) -> None:
    with LabelPrinter(seconds_per_label=3600) as slow:
        ask_for_labels(database, slow.address, 2, name="slow")
        with database.transaction() as session:
            printing.printer(session, "bench", address=bench.address)
            trial.enrol(session, "L08")
            trial.give(session, "L08")
            tube = trial.tube(session, participant="L08")
            tubes = trial.divide(session, tube.barcode, 5)
            printing.ask(session, [each.barcode for each in tubes], at=clock.now())
        with working(database):
            bench.wait_for(5)
            wait_for_states(database, printed=5, sent=1, queued=1)
        slow.seconds_per_label = 0


def test_two_workers_double_nothing(database: Database, bench: LabelPrinter) -> None:
    bench.seconds_per_label = 0.002
    ask_for_labels(database, bench.address, 20)
    with working(database, workers=3):
        wait_for_states(database, printed=20)
    assert bench.printed == [label.barcode for label in labels_in(database)]


def test_a_paused_printer_gets_nothing_until_it_goes_on(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, 2)
    with database.transaction() as session:
        pause_printer(session, "bench", actor=SYSTEM, at=clock.now())
    with working(database):
        time.sleep(0.4)
        assert (states_in(database)[LabelState.QUEUED], bench.connections) == (2, 0)
        with database.transaction() as session:
            resume_printer(session, "bench", actor=SYSTEM, at=clock.now())
        wait_for_states(database, printed=2)


def test_a_cancelled_label_is_not_sent(database: Database, bench: LabelPrinter) -> None:
    bench.jam_after = 1
    job = ask_for_labels(database, bench.address, 4)
    with working(database):
        wait_for_states(database, printed=1, sent=1, queued=2)
        with database.transaction() as session:
            service.cancel_job(session, job, actor=SYSTEM, at=clock.now())
        bench.clear()
        wait_for_states(database, printed=2, void=2)
    assert len(bench.printed) == 2
    check_books(database)


def test_nothing_is_printed_of_who_withdrew_while_it_waited(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, 3)
    with database.transaction() as session:
        trial.withdraw(session)
    with working(database):
        wait_for_states(database, void=3)
    assert bench.printed == []
    assert {label.void_reason for label in labels_in(database)} == {VoidReason.WITHDRAWN}
    check_books(database)


def test_an_idle_worker_asks_one_statement_a_look_and_writes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = [], worker._look

    def count_and_look(on: Database) -> Sequence[PrinterWork]:
        looks.append(on)
        return look(on)

    monkeypatch.setattr(worker, "_look", count_and_look)
    ask_for_labels(database, "127.0.0.1:9", 1)
    with database.transaction() as session:
        pause_printer(session, "bench", actor=SYSTEM, at=clock.now())
    with count_statements(database) as cost, working(database):
        wait_until(lambda: len(looks) >= 5)
    assert len(cost.statements) == len(looks)
    assert cost.commits == 0


def test_the_look_goes_by_the_index_of_unfinished_labels(database: Database) -> None:
    if database.is_sqlite:
        with database.read() as session:
            text = str(sending._WORK.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
            plan = [row.detail for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
        assert any("ix_label_print_unfinished" in step for step in plan), plan


def test_a_dead_workers_lease_is_taken_over_at_once_and_a_living_ones_is_not(database: Database) -> None:
    ask_for_labels(database, "127.0.0.1:9", 1)
    with database.transaction() as session:
        printer, at = get_printer(session, "bench"), clock.now()
        mine, other = leases.worker_name(), leases.worker_name()
        dead = mine.replace(f":{mine.rsplit(':', 2)[1]}:", ":999999999:")
        assert leases.lease(session, printer.id, dead, at) is not None
        assert leases.lease(session, printer.id, mine, at) is not None
        assert leases.lease(session, printer.id, other, at) is None
        assert leases.lease(session, printer.id, other, at + leases.LEASE) is not None
        with pytest.raises(leases.LeaseLost):
            leases.renew(session, printer.id, mine, at)


def state_of(database: Database) -> Standing:
    with database.read() as session:
        printer = get_printer(session, "bench")
    return Standing(printer.state, printer.faults)


def is_paused(database: Database) -> bool:
    with database.read() as session:
        return get_printer(session, "bench").paused
