"""Printing through what happens to printers and to the worker: no label is lost, and none comes out twice without a reason in the books."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lims import clock
from lims.accounts.vocabulary import SYSTEM
from lims.db import Database
from lims.printing.printers import resume_printer
from lims.printing.queries import get_printer
from lims.printing.vocabulary import LabelState
from tests.factories import printing, trial
from tests.support.printers.label_printer import LabelPrinter
from tests.support.printers.nursery import Nursery
from tests.support.printers.working import (
    ask_for_labels,
    check_none_lost_none_doubled,
    labels_in,
    states_in,
    wait_for_states,
    wait_until,
    working,
)

TRAY = 96


@pytest.fixture
def bench() -> Iterator[LabelPrinter]:
    """A label printer that takes its time."""
    with LabelPrinter(seconds_per_label=0.005) as printer:
        yield printer


def test_a_tray_comes_out_whole_over_a_jam_after_its_37th_label(database: Database, bench: LabelPrinter) -> None:
    bench.jam_after = 37
    ask_for_labels(database, bench.address, TRAY)
    with working(database):
        wait_for_states(database, printed=37, sent=1, queued=58)
        bench.clear()
        wait_for_states(database, printed=TRAY)
    assert bench.printed == [label.barcode for label in labels_in(database)]


def test_a_tray_comes_out_whole_over_a_silence(database: Database, bench: LabelPrinter) -> None:
    bench.jam_after, bench.tells = 37, False
    ask_for_labels(database, bench.address, TRAY)
    with working(database):
        bench.wait_for(37)
        time.sleep(3)
        assert states_in(database)[LabelState.QUEUED] == TRAY - 38
        bench.clear()
        wait_for_states(database, printed=TRAY)
    assert bench.printed == [label.barcode for label in labels_in(database)]


def test_a_tray_comes_out_whole_over_half_a_connection(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, TRAY)
    with working(database):
        for labels in (20, 50, 80):
            bench.wait_for(labels)
            bench.breaks_off = 1
        wait_for_states(database, printed=TRAY, void=3)
    check_none_lost_none_doubled(database, bench.printed)


def test_a_tray_comes_out_whole_over_a_printer_switched_off_and_on(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, TRAY)
    with working(database):
        bench.wait_for(40)
        bench.switch_off()
        wait_until(lambda: not is_reached(database))
        bench.switch_on()
        wait_until(lambda: states_in(database)[LabelState.PRINTED] == TRAY)
    check_none_lost_none_doubled(database, bench.printed)


def test_a_slow_printer_and_a_dead_one_hold_up_no_other(database: Database, bench: LabelPrinter) -> None:
    with LabelPrinter(seconds_per_label=3600) as slow, LabelPrinter() as silent, LabelPrinter() as off:
        silent.silent = True
        off.switch_off()
        ask_for_labels(database, bench.address, TRAY)
        for name, printer in (("slow", slow), ("silent", silent), ("off", off)):
            also_ask(database, printer, name)
        with working(database):
            bench.wait_for(TRAY)
            assert silent.printed == off.printed == slow.printed == []
            silent.clear()
            off.switch_on()
            wait_for_states(database, printed=TRAY + 6, sent=1, queued=2)


def test_whoever_kills_the_worker_at_whatever_step_loses_no_label(
    database: Database, tmp_path: Path, how_many: Callable[[int, int], int], record_property: Callable[[str, object], None]
) -> None:
    """The very process, ended at a step, as it stands there; another one follows. Each step has a job of its own."""
    began, died = time.monotonic(), 0
    with LabelPrinter() as bench, Nursery(database, tmp_path) as nursery:
        ask_for_labels(database, bench.address, 3)
        for step in range(1, 1000, how_many(8, 1)):
            killed = nursery.wait(nursery.start(step)) == -signal.SIGKILL
            let_go_on(database)
            assert nursery.wait(nursery.start()) == 0
            assert states_in(database).keys() <= {LabelState.PRINTED, LabelState.VOID}, f"after step {step}"
            check_none_lost_none_doubled(database, bench.printed)
            died += killed
            if not killed:
                break
            also_ask_again(database)
        lost, doubled = states_in(database)[LabelState.VOID], len(bench.printed) - states_in(database)[LabelState.PRINTED]
    record_property("figures", f"{died} kills, {lost} labels void, {doubled} of them came out; {time.monotonic() - began:.0f} s")
    assert died >= 30 // how_many(8, 1), "three labels take more steps than that"


def test_workers_killed_while_others_work_double_nothing(database: Database, tmp_path: Path, how_many: Callable[[int, int], int]) -> None:
    """Two processes share the printers; one after the other is killed, and a new one comes."""
    with LabelPrinter(seconds_per_label=0.01) as bench, Nursery(database, tmp_path) as nursery:
        ask_for_labels(database, bench.address, TRAY)
        workers = [nursery.start(), nursery.start()]
        for number in range(1, how_many(2, 8) + 1):
            bench.wait_for(number * 10)
            nursery.kill(workers[number % 2])
            workers[number % 2] = nursery.start()
        wait_until(lambda: states_in(database)[LabelState.PRINTED] == TRAY, 300)
        check_none_lost_none_doubled(database, bench.printed)


def also_ask(database: Database, printer: LabelPrinter, name: str) -> None:
    """Three labels more, for another printer."""
    with database.transaction() as session:
        printing.printer(session, name, address=printer.address)
        tubes = trial.divide(session, trial.old_tube(session).barcode, 3, amount=1)
        printing.ask(session, [tube.barcode for tube in tubes], on=name, at=clock.now())


def also_ask_again(database: Database) -> None:
    """Three labels more, for the same printer."""
    with database.transaction() as session:
        tubes = trial.divide(session, trial.old_tube(session).barcode, 3, amount=1)
        printing.ask(session, [tube.barcode for tube in tubes], at=clock.now())


def let_go_on(database: Database) -> None:
    """A printer whose labels were interrupted three times in a row is paused until somebody has looked."""
    with database.transaction() as session:
        resume_printer(session, "bench", actor=SYSTEM, at=clock.now())


def is_reached(database: Database) -> bool:
    with database.read() as session:
        return get_printer(session, "bench").state != "unreachable"
