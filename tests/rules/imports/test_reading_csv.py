"""CSV comes in many dresses; what is no table is said so in one sentence, and nothing else is ever raised."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.errors import LimsError
from lims.imports.errors import FileUnreadable
from lims.imports.reading import read_sheet
from lims.imports.vocabulary import Sheet

KNOWN = ("record_id", "note")


def read(content: bytes | str, encoding: str = "utf-8") -> Sheet:
    return read_sheet(content if isinstance(content, bytes) else content.encode(), "list.csv", KNOWN, encoding=encoding)


def texts(sheet: Sheet) -> list[tuple[int, list[str]]]:
    return [(row.line, [cell.text for cell in row.cells]) for row in sheet.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_delimiter_is_found_by_the_columns_the_mapping_knows(delimiter: str, mark: str, line_end: str) -> None:
    rows = [["record_id", "note"], ["L01", "a, b; c"], ["L02", "备注"]]
    text = mark + line_end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    sheet = read(text)
    assert sheet.header == ("record_id", "note")
    assert texts(sheet) == [(2, ["L01", "a, b; c"]), (3, ["L02", "备注"])]


def test_lines_are_counted_as_a_spreadsheet_counts_them_empty_rows_too() -> None:
    assert texts(read('record_id,note\n\nL01,"two\nlines"\n,\nL02,\n')) == [(3, ["L01", "two\nlines"]), (5, ["L02", ""])]


def test_a_formula_is_a_text_like_any_other() -> None:
    assert texts(read('record_id,note\nL01,"=HYPERLINK(""http://example.invalid"")"'))[0][1][1] == '=HYPERLINK("http://example.invalid")'


def test_an_encoding_that_the_mapping_names_is_read() -> None:
    assert texts(read("record_id,note\nL01,采血困难".encode("gb18030"), "gb18030")) == [(2, ["L01", "采血困难"])]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\n\n", "no header"),
        (b" , \n", "no header"),
        ("record_id,note\nL01,x".encode("utf-16"), "it is UTF-16. Save it as CSV UTF-8"),
        (b"record_id,note\nL01,\x00", "it holds NUL bytes"),
        ("record_id,note\nL01,采血困难".encode("gb18030"), "line 2 is not UTF-8 (it may be GB18030"),
        (b"record_id,note\nL01,\xff\xff", "line 2 is not UTF-8. Save it"),
        (b'record_id,note\nL01,"never closed\nL02,', "quotation mark that is not closed"),
        (b'record_id,note\nL01,"a"b\n', "line 2"),
        (b"record_id,note\nL01," + b"x" * 4_001, "line 2 has a cell of more than 4000 characters"),
        (b"record_id,note\nL01," + b"," * 300, "line 2 has 302 columns; 200 are allowed"),
        (b",".join(b"c%d" % number for number in range(300)), "its header has 300 columns"),
        (b"record_id,note\nL01," + b"x" * 200_000, "line 2"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an old Excel file (XLS)"),
        (b"record_id\n" + b"L01\n" * 100_001, "it has more than 100000 rows"),
        (b"a" * (20 * 2**20 + 1), "20 are allowed"),
    ],
)
def test_what_is_no_table_is_said_so(content: bytes, told: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read(content)
    assert told in refused.value.sentence
    assert refused.value.sentence.startswith("list.csv cannot be read: ")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_one_sentence(content: bytes) -> None:
    with suppress(LimsError):
        assert read(content).header


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_one_sentence(text: str) -> None:
    with suppress(LimsError):
        assert read("record_id,note\n" + text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")).header
