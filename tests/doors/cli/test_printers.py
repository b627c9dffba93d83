"""``lims printer`` and ``lims print-worker`` as they are typed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from lims import app
from lims.db import Database, table_of
from lims.http_context import house
from lims.printing.models import PrinterRow
from lims.printing.vocabulary import LabelState
from tests.support.printers.label_printer import LabelPrinter
from tests.support.printers.working import ask_for_labels, states_in, wait_for_states
from tests.support.service import RunningService, lims, surroundings

HOSTS = {"LIMS_PRINTER_HOSTS": "127.0.0.1"}
LABELS = 40


def test_a_printer_is_added_listed_paused_and_retired(database: Database, tmp_path: Path) -> None:
    with LabelPrinter() as bench:
        said = ("--kind", "raw", "--address", bench.address, "--stock", "cryo-wrap")
        refused = lims(database, tmp_path, "printer", "add", "bench", *said)
        assert (refused.returncode, "LIMS_PRINTER_HOSTS" in refused.stderr) == (1, True)
        assert lims(database, tmp_path, "printer", "add", "bench", *said, **HOSTS).returncode == 0
        listed = lims(database, tmp_path, "printer", "list", "--ask", **HOSTS).stdout.strip().split("\t")
        assert listed[:8] == ["bench", "raw", bench.address, "300", "cryo-wrap", "zpl", "ready", "-"]
    assert lims(database, tmp_path, "printer", "pause", "bench").stdout == "bench is paused.\n"
    assert lims(database, tmp_path, "printer", "retire", "bench").returncode == 0
    assert lims(database, tmp_path, "printer", "list").stdout.split("\t")[6] == "retired"


def test_the_worker_prints_until_it_is_told_to_stop(database: Database, tmp_path: Path) -> None:
    with LabelPrinter(seconds_per_label=0.01) as bench:
        ask_for(database, bench)
        program = [str(Path(sys.executable).with_name("lims")), "print-worker"]
        with subprocess.Popen(program, env=surroundings(database, tmp_path) | HOSTS, stderr=subprocess.PIPE) as worker:
            bench.wait_for(3)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        printed = len(bench.printed)
        assert (printed >= 3, is_free(database)) == (True, True)


def test_the_service_prints_by_itself_and_hands_over_what_is_on_its_way_when_it_stops(database: Database, tmp_path: Path) -> None:
    with LabelPrinter(seconds_per_label=0.01) as bench:
        ask_for(database, bench)
        service = RunningService(database, tmp_path / "data", settings=HOSTS)
        service.start()
        bench.wait_for(10)
        service.stop()
        assert is_free(database)
        service.start()
        wait_for_states(database, printed=LABELS)
        service.stop()
    assert len(bench.printed) == LABELS


@pytest.mark.parametrize("word", ["yes", "no"])
def test_the_worker_beside_a_service_is_a_setting(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    for name, value in surroundings(database, tmp_path).items() | {("LIMS_PRINT_WORKER", word)}:
        monkeypatch.setenv(name, value)
    started: list[Database] = []
    monkeypatch.setattr(app, "run_beside", lambda on, _settings: started.append(on))
    house(app.from_environment()).database.dispose()
    assert bool(started) is (word == "yes")


def ask_for(database: Database, bench: LabelPrinter) -> None:
    ask_for_labels(database, bench.address, LABELS)


def is_free(database: Database) -> bool:
    """Whether nobody talks to the printer any more, or left a label on its way without handing it over."""
    with database.read() as session:
        leased_by = session.execute(select(table_of(PrinterRow).c.leased_by)).scalar_one()
    return leased_by is None and LabelState.SENDING not in states_in(database)
