"""Labels asked for by command: a job's number on standard output, a refusal in one sentence, and the list of jobs."""

from pathlib import Path

from lims.db import Database
from lims.printing.queries import get_job
from tests.factories.printing import TEMPLATE, printer
from tests.factories.trial import begin, divide, tube
from tests.support.service import lims


def test_labels_are_printed_once_and_again_for_a_reason(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        begin(session)
        printer(session)
        barcodes = [each.barcode for each in divide(session, tube(session).barcode, 2)]
    ask = ("labels", "print", "--printer", "bench", "--template", TEMPLATE, *barcodes)

    asked = lims(database, tmp_path, *ask)
    assert (asked.returncode, asked.stderr) == (0, "2 labels queued for bench.\n")
    with database.read() as session:
        job = get_job(session, int(asked.stdout))
    assert [label.barcode for label in job.labels] == barcodes

    again = lims(database, tmp_path, *ask)
    assert (again.returncode, again.stdout) == (1, "")
    assert "Say why it is printed again." in again.stderr
    reasoned = lims(database, tmp_path, *ask, "--reason", "the freezer thawed")
    assert reasoned.returncode == 0

    listed = [line.split("\t")[:6] for line in lims(database, tmp_path, "labels", "jobs").stdout.splitlines()]
    assert listed == [
        [reasoned.stdout.strip(), "waiting", "bench", TEMPLATE, "2 queued", "system"],
        [asked.stdout.strip(), "void", "bench", TEMPLATE, "2 void", "system"],
    ]
    only_waiting = lims(database, tmp_path, "labels", "jobs", "--state", "waiting").stdout
    assert [line.split("\t")[0] for line in only_waiting.splitlines()] == [reasoned.stdout.strip()]


def test_what_cannot_be_printed_is_told_in_one_sentence(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        begin(session)
        printer(session)
        barcode = tube(session).barcode
    for more, words in (
        (("--printer", "nowhere", "--template", TEMPLATE, barcode), "There is no printer"),
        (("--printer", "bench", "--template", "slide", barcode), "bench holds"),
        (("--printer", "bench", "--template", TEMPLATE, barcode, barcode), "is named twice"),
    ):
        done = lims(database, tmp_path, "labels", "print", *more)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert lims(database, tmp_path, "labels", "jobs").stdout == ""
