"""Which passwords are refused, and that a kept one is recognised."""

import pytest

from lims.accounts.errors import PasswordTooWeak
from lims.accounts.passwords import LONGEST, check_password, fits, hash_password, is_outdated


@pytest.mark.parametrize(
    "password",
    [
        "short7!",
        "x" * 5 + "yzab" * 31,
        "password",
        "P@ssw0rd2026!",
        "12345678",
        "aaaaaaaaaaaa",
        "abcabcabc",
        "qwertyuiop",
        "asdfghjkl12345",
        "87654321",
        "woaini1314",
        "sunshine99",
        "chen.wei-2026",
        "lims2026",
        "ILDR-02-lims",
        "good words\x00with nul",
        "lone \ud800 surrogate",
    ],
)
def test_a_password_others_would_guess_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        check_password(password, "chen.wei")


@pytest.mark.parametrize(
    "password", ["four frozen cores", "ü" * 4 + "abcdefgh", "样本冻存在负八十度", "Tr4verse-the-lims-corridor", "x" * 4 + "yzab" * 31]
)
def test_a_long_enough_password_of_any_characters_is_taken(password: str) -> None:
    check_password(password, "chen.wei")


def test_only_the_password_that_was_kept_fits() -> None:
    kept = hash_password("four frozen cores")
    assert fits(kept, "four frozen cores")
    assert not fits(kept, "five frozen cores")
    assert not fits(None, "four frozen cores")
    assert not fits(kept, "\ud800")
    assert not fits("not a hash", "four frozen cores")
    assert not is_outdated(kept)


def test_two_ways_of_typing_one_character_are_one_password() -> None:
    assert fits(hash_password("cafe\u0301 au lait"), "caf\u00e9 au lait")


def test_nothing_longer_than_the_longest_fits() -> None:
    assert not fits(hash_password("y" * LONGEST), "y" * (LONGEST + 1))
