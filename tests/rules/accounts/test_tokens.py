"""What a token looks like, and what each role may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.accounts.errors import BadOperationKey, OperationReused
from lims.accounts.operations import Answer, check_key, check_same, fingerprint
from lims.accounts.sign_in import ACCOUNT, ADDRESS
from lims.accounts.tokens import digest, new_token, token_id
from lims.accounts.vocabulary import ALLOWED, Action, Actor, Role


@given(st.integers(0, 2**63 - 1))
def test_a_token_names_the_row_it_is_in(number: int) -> None:
    assert token_id(new_token(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lims_",
        "lims_1_short",
        "lims_zzzzzzzzzzzzz_" + "a" * 43,
        "LIMS_1_" + "a" * 43,
        "lims_1_" + "é" * 43,
        "lims_1_" + "a" * 43 + "\n",
    ],
)
def test_what_is_no_token_names_nothing(text: str) -> None:
    assert token_id(text) is None


def test_no_two_tokens_are_alike() -> None:
    assert len({digest(new_token(7)) for _ in range(100)}) == 100


def test_a_token_never_lets_its_user_do_more_than_the_role() -> None:
    core = Actor(5, "core", Role.CORE, scopes=frozenset(Action))
    assert {action for action in Action if core.may(action)} == ALLOWED[Role.CORE]
    assert not Actor(5, "boss", Role.ADMIN, scopes=frozenset({Action.READ})).may(Action.HANDLE)


def test_an_administrator_may_whatever_the_others_may() -> None:
    assert all(allowed <= ALLOWED[Role.ADMIN] for allowed in ALLOWED.values())


def test_waits_double_and_an_account_is_never_shut_for_long() -> None:
    assert [ACCOUNT.wait_s(failures) for failures in (1, 4, 5, 6, 7, 50, 10**9)] == [0, 0, 2, 4, 8, 60, 60]
    assert ADDRESS.wait_s(10**9) == 600


@pytest.mark.parametrize("key", ["", "a" * 256, "with space", "zeile\n", "schlüssel"])
def test_an_operation_id_is_plain_and_not_too_long(key: str) -> None:
    with pytest.raises(BadOperationKey):
        check_key(key)


def test_the_same_operation_id_with_another_body_is_refused() -> None:
    first = Answer(fingerprint("POST", "/a", b"{}"), 201, "{}")
    assert check_same(first, fingerprint("POST", "/a", b"{}"), "k") is first
    for other in (fingerprint("POST", "/a", b"{ }"), fingerprint("POST", "/b", b"{}"), fingerprint("PUT", "/a", b"{}")):
        with pytest.raises(OperationReused):
            check_same(first, other, "k")
