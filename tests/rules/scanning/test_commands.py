"""Command cards: what a scanner makes of them, and what they can never be taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.ids import ALPHABET, Prefix, normalise_code
from lims.labels.errors import CodeNotUsable
from lims.labels.rules import check_given_code
from lims.labels.symbols import check_symbol_data
from lims.scanning.commands import Command, code_of_command, find_command

CODES = [code_of_command(command) for command in Command]


def test_a_card_says_its_command_however_it_is_read() -> None:
    for command, code in zip(Command, CODES, strict=True):
        for read in (code, code.lower(), f"]d2{code}\r\n", f" {code}"):
            assert find_command(normalise_code(read)) is command


def test_every_symbol_may_carry_a_command() -> None:
    for code in CODES:
        check_symbol_data(code)


@pytest.mark.parametrize("code", CODES)
def test_no_tube_can_be_registered_under_a_command(code: str) -> None:
    with pytest.raises(CodeNotUsable):
        check_given_code(code)


@given(prefix=st.sampled_from(list(Prefix)), body=st.text(ALPHABET, min_size=7, max_size=8))
def test_no_code_of_ours_nor_of_a_copy_is_a_command(prefix: Prefix, body: str) -> None:
    assert find_command(prefix + body) is None


def test_what_is_no_card_is_no_command() -> None:
    for read in ("MOVE", "LIMS.MOVE", "LIMS.MOVED.", "LIMS:MOVE", "LIMS..", "S3WJWJD8"):
        assert find_command(normalise_code(read)) is None
