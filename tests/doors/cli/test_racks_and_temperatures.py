"""Rack scanners and loggers from the command line."""

from pathlib import Path

import pytest

from lims import clock
from lims.db import Database
from tests.support.bench import Bench
from tests.support.service import lims


@pytest.fixture
def rack(database: Database) -> tuple[str, str, list[str]]:
    """A freezer, a rack in it, and three tubes in A1 to A3."""
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        freezer = bench.container("freezer", "F2")
        box, tubes = bench.container("rack-96", "R-7", freezer), bench.tubes(3)
        bench.at = clock.now()
        for tube in tubes:
            bench.place(tube, box)
        return freezer.barcode, box.barcode, tubes


def test_a_file_is_compared_and_accepted(database: Database, tmp_path: Path, rack: tuple[str, str, list[str]]) -> None:
    _, box, (one, two, three) = rack
    file = tmp_path / "scan.csv"
    file.write_text(f"A1,{two}\nA2,{one}\nA3,NO TUBE\n")
    looked = lims(database, tmp_path, "rack", "read", box, str(file))
    assert (looked.returncode, looked.stdout.splitlines()) == (
        0,
        [f"A1\tmoved\t{two}\tR-7 / A2\t", f"A2\tmoved\t{one}\tR-7 / A1\t", f"A3\tgone\t{three}\t\t"],
    )
    assert "scan.csv (plain) of R-7: 2 moved, 1 gone." in looked.stderr
    refused = lims(database, tmp_path, "rack", "read", box, str(file), "--accept")
    assert (refused.returncode, "A3: the tube recorded there was not seen." in refused.stderr) == (1, True)
    accepted = lims(database, tmp_path, "rack", "read", box, str(file), "--accept", "--gone", "removed", "--reason", "re-racked")
    assert (accepted.returncode, "The record follows the scan." in accepted.stderr) == (0, True)
    again = lims(database, tmp_path, "rack", "read", box, str(file), "--accept")
    assert (again.returncode, "was accepted by system. The same file twice is once." in again.stderr) == (0, True)
    assert lims(database, tmp_path, "verify").returncode == 0


def test_a_folder_is_looked_through_once(database: Database, tmp_path: Path, rack: tuple[str, str, list[str]]) -> None:
    _, box, tubes = rack
    folder = tmp_path / "scanner"
    folder.mkdir()
    (folder / f"{box}_0900.csv").write_text(f"A1,{tubes[0]}\nA2,{tubes[2]}\nA3,{tubes[1]}\n")
    (folder / "nobody.csv").write_text("A1,0001\n")
    (folder / "notes.md").write_text("not a scan")
    ran = lims(database, tmp_path, "rack", "watch", str(folder), "--once")
    assert (ran.returncode, ran.stdout) == (0, f"{box}_0900.csv\t{box[:4]} {box[4:]}\tR-7\t1 same, 2 moved\n")
    assert ran.stderr.splitlines() == [
        "nobody.csv: nobody.csv names no box known here. Begin its name with the box's code, or give it on the box's page."
    ]
    assert lims(database, tmp_path, "rack", "watch", str(folder), "--once").stdout == ran.stdout


def test_a_loggers_file_is_taken_in(database: Database, tmp_path: Path, rack: tuple[str, str, list[str]]) -> None:
    file = tmp_path / "f2.csv"
    file.write_text("Time;Temperature\n2026-11-20 10:00;-80,0\n2026-11-20 10:10;-79,5\n")
    taken = lims(database, tmp_path, "temperatures", "import", rack[0], str(file), "--zone", "Asia/Shanghai")
    assert taken.returncode == 0
    assert "f2.csv: 2 new readings, 0 there already, 2026-11-20 02:00 to 2026-11-20 02:10 UTC, −80 to −79.5 °C." in taken.stderr
    assert "No limits are set" in taken.stderr
    file.write_text("Time;Temperature\n2026-11-20 10:00;warm\n")
    refused = lims(database, tmp_path, "temperatures", "import", rack[0], str(file), "--zone", "UTC")
    assert (refused.returncode, "f2.csv, line 2: “warm” is no temperature." in refused.stderr) == (1, True)
    assert lims(database, tmp_path, "verify").returncode == 0
