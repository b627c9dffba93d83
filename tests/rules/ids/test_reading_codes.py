"""How a code is read, whatever gave it: a scanner with its prefix, a hand with spaces, a bad file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.ids import LONGEST_CODE, MalformedCode, Prefix, WrongCheckCharacter, in_fours, new_barcode, normalise_code

OURS = new_barcode(Prefix.SPECIMEN)


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("s3wjwjd8", "S3WJWJD8"),
        (" S3WJWJD8\r\n", "S3WJWJD8"),
        ("S3WJ WJD8", "S3WJWJD8"),
        ("s 3 w j w j d 8", "S3WJWJD8"),
        ("]d2S3WJWJD8", "S3WJWJD8"),
        ("]C1S3WJWJD8", "S3WJWJD8"),
        ("]d2\x1dS3WJWJD8\x1e\x04", "S3WJWJD8"),
        ("  ]d1  S3WJWJD8  ", "S3WJWJD8"),
        ("0001034998", "0001034998"),
        ("fd06299917", "FD06299917"),
        ("Haier 86 #2", "HAIER 86 #2"),
        ("a-7/b:1", "A-7/B:1"),
        ("O0O0", "O0O0"),
        ("~" * LONGEST_CODE, "~" * LONGEST_CODE),
    ],
)
def test_a_code_is_read_as_what_it_stands_for(read: str, code: str) -> None:
    assert normalise_code(read) == code


@pytest.mark.parametrize(
    "read",
    [
        "",
        "   ",
        "\r\n",
        "]d2",
        "]d2\x1d",
        "A\x00B",
        "\x00",
        "A\tB",
        "A\nB",
        "\x7f",
        "S3WJWJD８",
        "１２３４",
        "ß",
        "ſ23",
        "ı",
        "é",
        "粪便",
        "\u200bA1",
    ],
)
def test_what_no_label_carries_is_refused(read: str) -> None:
    with pytest.raises(MalformedCode):
        normalise_code(read)


@pytest.mark.parametrize("read", ["A" * (LONGEST_CODE + 1), "S" * 1_000_000, "9" * 5000])
def test_what_is_too_long_is_refused_and_shown_short(read: str) -> None:
    with pytest.raises(MalformedCode, match="at most 64") as refused:
        normalise_code(read)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(("read", "shown"), [("\ud800A", "\\ud800A"), ("A\x00B", "A\\x00B"), ("粪\n便", "粪\\n便")])
def test_what_was_read_is_shown_as_any_screen_can_show_it(read: str, shown: str) -> None:
    with pytest.raises(MalformedCode) as refused:
        normalise_code(read)
    assert refused.value.read == shown
    str(refused.value).encode()


@given(st.text(st.characters(codec=None), max_size=80))
def test_whatever_is_read_is_a_code_or_refused_in_words(read: str) -> None:
    try:
        code = normalise_code(read)
    except MalformedCode as refused:
        str(refused).encode()
    else:
        assert code == code.strip()
        assert code.isascii()
        assert code.isprintable()
        assert 1 <= len(code) <= LONGEST_CODE


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64).filter(lambda text: not text.startswith("]")))
def test_reading_a_code_again_changes_nothing(read: str) -> None:
    if read.strip() and not read.strip().startswith("]"):
        assert normalise_code(normalise_code(read)) == normalise_code(read)


def test_a_code_of_ours_is_shown_in_fours_and_another_as_it_is() -> None:
    assert in_fours(OURS) == f"{OURS[:4]} {OURS[4:]}"
    assert normalise_code(in_fours(OURS)) == OURS
    assert in_fours("OLD-12345") == "OLD-12345"


def test_a_wrong_character_is_named_as_such() -> None:
    assert "one character of that is wrong" in str(WrongCheckCharacter(OURS))
