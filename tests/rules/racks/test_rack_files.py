"""Every rack scanner's file known here is read as the same rack; what cannot be relied on is refused with its line."""

from pathlib import Path

import pytest

from lims.imports.errors import FileUnreadable
from lims.racks.errors import FileNotUnderstood, NothingRead, SeenTwice, WrongSize
from lims.racks.formats import read_rack_file
from lims.racks.layouts import lay_over, turned, turns_of
from lims.racks.vocabulary import RackFormat, Said, Turn
from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Grid, Position

FILES = Path(__file__).parents[2] / "data" / "racks"
TUBES = {Position(0, column): f"010200{column + 1:04d}" for column in range(12)} | {Position(7, 11): "FD06299917"}

READ = [
    ("visionmate.tsv", RackFormat.VISIONMATE, "TS01552899", False),
    ("visionmate-rows.csv", RackFormat.VISIONMATE, "TS01552899", True),
    ("visionmate-server.txt", RackFormat.VISIONMATE, None, True),
    ("fluidx.csv", RackFormat.FLUIDX, "TS01552899", True),
    ("two-columns.csv", RackFormat.PLAIN, None, True),
    ("three-columns.csv", RackFormat.PLAIN, "TS01552899", True),
    ("quoted.csv", RackFormat.PLAIN, None, True),
    ("semicolons.csv", RackFormat.PLAIN, None, True),
    ("worklist.csv", RackFormat.PLAIN, "TS01552899", True),
    ("ziath.json", RackFormat.ZIATH, "TS01552899", True),
    ("ziath-labels.json", RackFormat.ZIATH, None, True),
    ("micronic.csv", RackFormat.MICRONIC, "TS01552899", True),
    ("micronic.json", RackFormat.MICRONIC, "TS01552899", False),
    ("traxcer.csv", RackFormat.TRAXCER, "TS01552899", True),
    ("trakmate.txt", RackFormat.TRAKMATE, "TS01552899", True),
    ("scanner.xlsx", RackFormat.PLAIN, "TS01552899", True),
]
REFUSED: list[tuple[str, type[Exception], str]] = [
    ("duplicate-code.csv", SeenTwice, "0102000001 stands in lines 1 and 13. Scan the rack again."),
    ("duplicate-hole.csv", SeenTwice, "A1 stands in lines 1 and 2. Scan the rack again."),
    ("shortened.csv", FileNotUnderstood, "shortened.csv, line 1: Excel has made a number of a code"),
    ("numbers.xlsx", FileNotUnderstood, "numbers.xlsx, line 2: Excel has made a number of a code"),
    ("two-racks.csv", FileNotUnderstood, "two-racks.csv, line 2: it is of rack TR2, and the lines before of TR1"),
    ("garbled.csv", FileNotUnderstood, "garbled.csv, line 2: it is no hole with its code"),
    ("nothing-read.csv", NothingRead, "nothing-read.csv: the scanner read no tube at all."),
]


def box(type_: str = "rack-96", name: str = "R-7") -> ContainerRecord:
    grid = CONTAINER_TYPES[type_].grid
    rows, columns = (None, None) if grid is None else (grid.rows, grid.columns)
    return ContainerRecord(
        id=1,
        barcode="CZZZZZZ2",
        type=type_,
        name=name,
        parent_id=None,
        slot=None,
        rows=rows,
        columns=columns,
        temperature_c=None,
        study_id=None,
        closed_at=None,
    )


@pytest.mark.parametrize(("name", "format_", "rack", "lists_empty"), READ)
def test_a_scanners_file_is_read_hole_by_hole(name: str, format_: RackFormat, rack: str | None, lists_empty: bool) -> None:
    file = read_rack_file((FILES / name).read_bytes(), name)
    holes = lay_over(file, name, box())
    assert (file.format, file.rack) == (format_, rack)
    assert {position: reading.code for position, reading in holes.items() if reading.code} == TUBES
    assert all(reading.said is Said.EMPTY for position, reading in holes.items() if position not in TUBES)
    assert len(holes) == (96 if lists_empty else len(TUBES))


def test_every_file_of_a_rack_is_looked_at_here() -> None:
    looked_at = {name for name, *_ in (*READ, *REFUSED)} | {"unread.csv", "box-81.csv", "rack-48.csv"}
    assert {path.name for path in FILES.iterdir()} == looked_at


def test_an_unread_tube_is_not_an_empty_hole() -> None:
    holes = lay_over(read_rack_file((FILES / "unread.csv").read_bytes(), "unread.csv"), "unread.csv", box())
    assert holes[Position(0, 2)].said is Said.UNREAD
    assert holes[Position(1, 0)].said is Said.EMPTY


@pytest.mark.parametrize("word", ["NO READ", "no_read", "NoRead", "NOSCAN", "No Code", "BADCODE", "ERROR"])
def test_every_word_for_a_tube_that_could_not_be_read_is_known(word: str) -> None:
    entries = read_rack_file(f"A1,{word}\nA2,0001\n".encode(), "x.csv").entries
    assert [entry.said for entry in entries] == [Said.UNREAD, Said.CODE]


@pytest.mark.parametrize("word", ["NO TUBE", "No Tube", "NOTUBE", "empty", "No TrakMate", ""])
def test_every_word_for_an_empty_hole_is_known(word: str) -> None:
    entries = read_rack_file(f"A1,{word}\nA2,0001\n".encode(), "x.csv").entries
    assert [entry.said for entry in entries] == [Said.EMPTY, Said.CODE]


@pytest.mark.parametrize(("name", "error", "sentence"), REFUSED)
def test_a_file_is_refused_with_its_line(name: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as refused:
        lay_over(read_rack_file((FILES / name).read_bytes(), name), name, box())
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", FileUnreadable, "it is empty"),
        (b" \n ", FileUnreadable, "it is empty"),
        (b"\xff\xfeA\x001\x00", FileUnreadable, "it is UTF-16"),
        (b"A1,\x00", FileUnreadable, "NUL"),
        (b"\xd0\xcf\x11\xe0....", FileUnreadable, "old Excel file"),
        (b"PK\x03\x04 no workbook", FileUnreadable, "no whole XLSX workbook"),
        (b"A1,1\n" * 2001, FileUnreadable, "more lines than any rack"),
        (b"x" * (2 * 1024 * 1024 + 1), FileUnreadable, "larger than any rack scanner's file"),
        (b'A1,"001\n', FileNotUnderstood, "a quotation mark is not closed"),
        (b"{", FileNotUnderstood, "begins like JSON and is none"),
        (b"[]", FileNotUnderstood, "not of a rack scanner known here"),
        (b'{"status": 477}', FileNotUnderstood, "the scanner says: 477"),
        (b'{"tubeBarcode": [{"row": 0, "column": 1}]}', FileNotUnderstood, "line 1: it has no row and column"),
        (b'{"tubeBarcode": [{"row": 1, "column": true, "barcode": "1"}]}', FileNotUnderstood, "line 1: it has no row and column"),
        (b'{"tubeBarcode": [{"row": 1, "column": 1, "barcode": 103}]}', FileNotUnderstood, "this is a number"),
        (b'{"entries": [7]}', FileNotUnderstood, "line 1: it has no position"),
        (b"Position,Barcode,Status\nA1,001,MAYBE\n", FileNotUnderstood, "line 2: the status"),
        (b"Position,Barcode,Status\nA1,,OK\n", FileNotUnderstood, "line 2: it says that a tube was read"),
        (b"Position,Barcode\n,001\n", FileNotUnderstood, "line 2: it names no hole"),
        (b"Row,Column,Barcode\nA,,001\n", FileNotUnderstood, "line 2: row"),
        ("A1,röhre\n".encode(), FileNotUnderstood, "cannot be a code"),
        (b"A1," + b"9" * 65 + b"\n", FileNotUnderstood, "cannot be a code"),
        (b"Z99,001\n", WrongSize, "R-7 has 8 × 12 holes, the file is of 26 × 99"),
        (b"Position,Barcode\n17,001\n", FileNotUnderstood, "is no hole of this box"),
        (",".join(["001"] + ["No Tube"] * 47).encode(), WrongSize, "R-7 has 8 × 12 holes, the file is of 6 × 8"),
        (",".join(["001"] * 2 + ["No Tube"] * 94).encode(), FileNotUnderstood, "one code stands in it twice"),
    ],
)
def test_bad_files_come_back_with_one_clear_sentence(content: bytes, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error) as refused:
        lay_over(read_rack_file(content, "rack.csv"), "rack.csv", box())
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("name", "type_", "sentence"),
    [
        ("two-columns.csv", "box-9x9", "R-7 has 9 × 9 holes, the file is of 8 × 12."),
        ("two-columns.csv", "box-10x10", "R-7 has 10 × 10 holes, the file is of 8 × 12."),
        ("rack-48.csv", "rack-96", "R-7 has 8 × 12 holes, the file is of 6 × 8."),
        ("box-81.csv", "rack-96", "R-7 has 8 × 12 holes, the file is of 9 × 9."),
    ],
)
def test_a_rack_of_another_size_is_refused(name: str, type_: str, sentence: str) -> None:
    with pytest.raises(WrongSize) as refused:
        lay_over(read_rack_file((FILES / name).read_bytes(), name), name, box(type_))
    assert str(refused.value).startswith(sentence)


def test_a_numbered_box_takes_letters_and_numbers_alike() -> None:
    for place in ("I9", "81", "081"):
        [position] = lay_over(read_rack_file(f"Position,Barcode\n{place},001\n".encode(), "x.csv"), "x.csv", box("box-9x9-numbered"))
        assert position == Position(8, 8)


def test_half_a_turn_swaps_the_first_hole_and_the_last() -> None:
    grid = Grid(8, 12)
    assert turned(Position(0, 0), grid, Turn.HALF) == Position(7, 11)
    assert list(turns_of(grid)) == [Turn.NONE, Turn.HALF]


def test_four_quarter_turns_are_none() -> None:
    grid = Grid(9, 9)
    assert list(turns_of(grid)) == list(Turn)
    for hole in grid:
        assert turned(turned(hole, grid, Turn.QUARTER), grid, Turn.THREE_QUARTERS) == hole
        assert turned(turned(hole, grid, Turn.QUARTER), grid, Turn.QUARTER) == turned(hole, grid, Turn.HALF)
