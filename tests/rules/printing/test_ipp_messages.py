"""IPP messages, byte for byte: an example of RFC 8010, and answers that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.printing.ipp import read_faults
from lims.printing.ipp_wire import Answer, NotIpp, Operation, Tag, read_answer, write_request
from lims.printing.vocabulary import Fault


def test_a_request_is_written_as_the_standard_shows() -> None:
    written = write_request(Operation.GET_PRINTER_ATTRIBUTES, 1, [(Tag.URI, "printer-uri", "ipp://p/"), (Tag.KEYWORD, "k", ("a", "bc"))])
    assert written == (
        b"\x01\x01\x00\x0b\x00\x00\x00\x01\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x08ipp://p/"
        b"\x44\x00\x01k\x00\x01a\x44\x00\x00\x00\x02bc"
        b"\x03"
    )


def test_an_answer_is_read_group_by_group() -> None:
    message = (
        b"\x02\x00\x00\x01\x00\x00\x00\x01\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x02\x21\x00\x06job-id\x00\x04\x00\x00\x00\x93\x23\x00\x09job-state\x00\x04\x00\x00\x00\x09"
        b"\x36\x00\x08job-name\x00\x09\x00\x02en\x00\x03abc\x22\x00\x01b\x00\x01\x01\x13\x00\x01n\x00\x00"
        b"\x03the document"
    )
    answer = read_answer(message)
    assert (answer.status, answer.is_good) == (1, True)
    assert answer.first(Tag.JOB) == {"job-id": [147], "job-state": [9], "job-name": ["abc"], "b": [True], "n": [b""]}


@given(st.binary(max_size=80))
def test_anything_else_is_no_answer_and_breaks_nothing(message: bytes) -> None:
    try:
        assert isinstance(read_answer(message), Answer)
    except NotIpp:
        return


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_an_answer_cut_off_or_garbled_breaks_nothing(at: int, other: bytes) -> None:
    whole = write_request(Operation.PRINT_JOB, 7, [(Tag.NAME, "job-name", "labels"), (Tag.INTEGER, "job-id", 7)])
    for message in (whole[:at], whole[:at] + other + whole[at + len(other) :]):
        try:
            read_answer(message)
        except NotIpp:
            continue


@pytest.mark.parametrize(
    ("reasons", "state", "faults"),
    [
        (["none"], 3, []),
        (["media-empty-report"], 3, []),
        (["media-low-warning", "toner-low"], 3, []),
        (["media-empty-error"], 5, [Fault.MEDIA_OUT]),
        (["media-jam", "media-jam-error"], 5, [Fault.MEDIA_JAM]),
        (["cover-open"], 3, [Fault.HEAD_OPEN]),
        (["fuser-over-temp-error"], 5, [Fault.OTHER]),
        (["none"], 5, [Fault.STOPPED]),
    ],
)
def test_a_printers_reasons_are_faults_by_their_names(reasons: list[str], state: int, faults: list[Fault]) -> None:
    assert list(read_faults({"printer-state-reasons": [*reasons], "printer-state": [state]})) == faults
