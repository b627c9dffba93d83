"""Replies to ``~HS`` and ``~HQES``, in the form of Zebra's programming guide, and what they mean for the next label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.printing.vocabulary import Fault, PrinterState
from lims.printing.zebra import HostStatus, NotUnderstood, read_errors, read_host_status


def host_status(first: dict[int, str] | None = None, second: dict[int, str] | None = None) -> str:
    """A reply of a printer that has nothing to say, with other fields put in."""
    strings = [
        ["030", "0", "0", "0384", "000", "0", "0", "0", "000", "0", "0", "0"],
        ["000", "0", "0", "0", "1", "2", "4", "0", "00000000", "1", "000"],
    ]
    for string, fields in zip(strings, (first or {}, second or {}), strict=True):
        for place, value in fields.items():
            string[place] = value
    return "".join(f"\x02{','.join(string)}\x03\r\n" for string in [*strings, ["1234", "0"]])


def hqes(flag: int, high: int = 0, low: int = 0) -> str:
    return (
        f"\x02\r\n  PRINTER STATUS                             \r\n   ERRORS:         {flag} {high:08X} {low:08X}\r\n"
        "   WARNINGS:       0 00000000 00000000\r\n\x03\r\n"
    )


def test_with_nothing_to_print_and_no_fault_it_is_ready() -> None:
    assert read_host_status(host_status()) == HostStatus(0, 0, partial_format=False, label_waiting=False, faults=())
    assert read_host_status(host_status()).state is PrinterState.READY


@pytest.mark.parametrize(("first", "second"), [({4: "001"}, {}), ({7: "1"}, {}), ({}, {8: "00000012"}), ({}, {7: "1"})])
def test_while_anything_is_left_to_print_it_is_busy(first: dict[int, str], second: dict[int, str]) -> None:
    assert read_host_status(host_status(first, second)).state is PrinterState.BUSY


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        ({1: "1"}, {}, Fault.MEDIA_OUT),
        ({2: "1"}, {}, Fault.PAUSED),
        ({5: "1"}, {}, Fault.BUFFER_FULL),
        ({6: "1"}, {}, Fault.OTHER),
        ({9: "1"}, {}, Fault.MEMORY),
        ({10: "1"}, {}, Fault.OTHER),
        ({11: "1"}, {}, Fault.HEAD_HOT),
        ({}, {2: "1"}, Fault.HEAD_OPEN),
        ({}, {3: "1"}, Fault.RIBBON_OUT),
    ],
)
def test_each_flag_is_a_fault_by_its_name(first: dict[int, str], second: dict[int, str], fault: Fault) -> None:
    status = read_host_status(host_status(first, second))
    assert (status.faults, status.state) == ((fault,), PrinterState.NOT_READY)


def test_of_two_replies_the_later_one_counts() -> None:
    assert read_host_status(host_status({1: "1"}) + host_status()).faults == ()


@pytest.mark.parametrize(
    ("low", "faults"),
    [
        (0x1, [Fault.MEDIA_OUT]),
        (0x5, [Fault.MEDIA_OUT, Fault.HEAD_OPEN]),
        (0x2, [Fault.RIBBON_OUT]),
        (0x8, [Fault.CUTTER]),
        (0x30, [Fault.HEAD_HOT, Fault.MOTOR_HOT]),
        (0x40, [Fault.HEAD_ELEMENT]),
        (0x80, [Fault.HEAD_DETECTION]),
        (0x100, [Fault.FIRMWARE]),
        (0x200, [Fault.HEAD_DETECTION]),
        (0x10000, [Fault.PAUSED]),
        (0x80000001, [Fault.MEDIA_OUT, Fault.OTHER]),
        (0, [Fault.OTHER]),
    ],
)
def test_each_bit_of_the_errors_is_a_fault_by_its_name(low: int, faults: list[Fault]) -> None:
    assert list(read_errors(hqes(1, low=low))) == faults


def test_without_an_error_there_is_no_fault() -> None:
    assert read_errors(hqes(0)) == ()
    assert read_errors(hqes(1, high=1)) == (Fault.OTHER,)


@given(st.text(alphabet="\x02\x03\r\n,01 ERRORS:~^HS", max_size=200))
def test_anything_else_is_not_understood_and_breaks_nothing(reply: str) -> None:
    for read in (read_host_status, read_errors):
        try:
            read(reply)
        except NotUnderstood:
            continue
