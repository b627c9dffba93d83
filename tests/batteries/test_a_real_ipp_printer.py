"""A real IPP printer program, Debian's ippeveprinter, takes a job as PDF and a job as ZPL. Collected under ``--full`` alone."""

from pathlib import Path

import pypdfium2
import pytest

from lims import clock
from lims.db import Database
from lims.printing.hosts import PrinterHosts
from lims.printing.printers import ask_printer
from lims.printing.queries import get_printer
from lims.printing.vocabulary import LabelState, PrinterKind, PrinterState
from tests.factories import printing, trial
from tests.support.printers.ippeveprinter import ippeveprinter, missing
from tests.support.printers.label_printer import symbols_in
from tests.support.printers.working import HERE, check_books, labels_in, states_in, wait_for_states, wait_until, working

FORMATS = "application/pdf,application/vnd.zebra-zpl"
pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.mark.parametrize(("language", "count"), [("pdf", 12), ("zpl", 3)])
def test_it_prints_every_label_once(database: Database, tmp_path: Path, language: str, count: int) -> None:
    """ZPL goes label by label, each a job of its own, over each of which the program takes its time."""
    with ippeveprinter(tmp_path, FORMATS) as program:
        ask_for(database, program.address, language, count)
        with database.read() as session:
            assert ask_printer(get_printer(session, "bench"), PrinterHosts.of(HERE)).state is PrinterState.READY
        with working(database):
            wait_for_states(database, printed=count)
        documents = program.printed()
    if language == "pdf":
        (document,) = documents
        assert len(pypdfium2.PdfDocument(document)) == count
    else:
        assert [symbol for document in documents for symbol in symbols_in(document)] == [label.symbol for label in labels_in(database)]
    check_books(database)


def test_what_it_gives_up_stays_sent_for_a_person_to_see(database: Database, tmp_path: Path) -> None:
    failing = tmp_path / "fail"
    failing.write_text("#!/bin/sh\necho 'STATE: +media-empty-error' >&2\nexit 1\n")
    failing.chmod(0o755)
    with ippeveprinter(tmp_path, FORMATS, failing) as program:
        ask_for(database, program.address, "pdf", 6)
        with working(database):
            wait_until(lambda: states_in(database) == {LabelState.SENT: 6} and state_of(database) is PrinterState.NOT_READY)
        assert len(program.printed()) == 1


def ask_for(database: Database, address: str, language: str, count: int) -> None:
    with database.transaction() as session:
        trial.begin(session)
        tubes = trial.divide(session, trial.tube(session).barcode, count, amount=1)
        printing.printer(session, kind=PrinterKind.IPP, address=address, language=language)
        printing.ask(session, [tube.barcode for tube in tubes], at=clock.now())


def state_of(database: Database) -> PrinterState:
    with database.read() as session:
        return get_printer(session, "bench").state
