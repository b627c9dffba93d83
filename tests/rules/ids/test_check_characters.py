"""Check characters: one wrong character, or two swapped, and the code is not one any more."""

from hypothesis import given
from hypothesis import strategies as st

from lims.ids import ALPHABET, BARCODE_LENGTH, Prefix, check_character, has_right_check, looks_like_ours, new_barcode

BODIES = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=20)
CODES = BODIES.map(lambda body: body + check_character(body))


def test_nothing_in_the_alphabet_can_be_taken_for_something_else() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set("01OIL") & set(ALPHABET)
    assert ALPHABET.isupper()


@given(BODIES)
def test_a_code_with_its_check_character_is_right(body: str) -> None:
    assert has_right_check(body + check_character(body))


@given(CODES)
def test_every_single_wrong_character_is_caught(code: str) -> None:
    wrong = [code[:place] + other + code[place + 1 :] for place in range(len(code)) for other in ALPHABET if other != code[place]]
    assert [each for each in wrong if has_right_check(each)] == []


@given(CODES)
def test_every_swap_of_two_characters_is_caught(code: str) -> None:
    swapped = [_swap(code, first, second) for first in range(len(code)) for second in range(first + 1, len(code))]
    assert [each for each in swapped if each != code and has_right_check(each)] == []


@given(st.text(max_size=20))
def test_any_text_may_be_asked_about(text: str) -> None:
    assert not has_right_check(text) or set(text) <= set(ALPHABET)


def test_a_fresh_barcode_says_its_kind_and_is_right() -> None:
    for prefix in Prefix:
        fresh = {new_barcode(prefix) for _ in range(200)}
        assert all(code.startswith(prefix) and len(code) == BARCODE_LENGTH and has_right_check(code) for code in fresh)
        assert all(looks_like_ours(code) for code in fresh)
        assert len(fresh) > 190


def _swap(code: str, first: int, second: int) -> str:
    characters = list(code)
    characters[first], characters[second] = characters[second], characters[first]
    return "".join(characters)
