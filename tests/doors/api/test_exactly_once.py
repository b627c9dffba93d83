"""The same operation id gets the same answer, however often and however fast it is sent."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from lims.accounts.vocabulary import Role

from .conftest import Client, Clients

CHEN = {"username": "chen.wei", "role": "technician"}


def test_the_second_answer_is_the_first_answer(admin: Client) -> None:
    first, second = (admin.post("/people", CHEN, key="op-1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


def test_the_same_id_with_another_body_is_refused_and_does_nothing(admin: Client) -> None:
    admin.post("/people", CHEN, key="op-1")
    answer = admin.post("/people", CHEN | {"username": "other"}, key="op-1")
    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "accounts.operation-reused")
    assert admin.get("/people").text.count("username") == 2


def test_one_persons_operation_ids_are_not_anothers(admin: Client, client_of: Clients) -> None:
    assert admin.post("/people", CHEN, key="op-1").status_code == 201
    assert client_of(Role.CORE).post("/people", CHEN, key="op-1").status_code == 403


def test_a_refusal_is_weighed_again(admin: Client) -> None:
    admin.post("/people", CHEN, key="op-1")
    refused = admin.post("/people", CHEN, key="op-2")
    assert (refused.status_code, refused.json and refused.json["code"]) == (409, "accounts.username-taken")
    assert admin.post("/people", CHEN | {"username": "other"}, key="op-2").status_code == 201


def test_an_operation_id_that_cannot_be_kept_is_refused(admin: Client) -> None:
    for key in ("with space", "a" * 256):
        answer = admin.post("/people", CHEN, key=key)
        assert (answer.status_code, answer.json and answer.json["code"]) == (422, "accounts.bad-operation-key")


def test_eight_twins_at_the_same_moment_are_one_act_with_one_answer(admin: Client) -> None:
    def send(number: int) -> tuple[int, bytes]:
        fresh = Client(admin.http.application.test_client(), admin.token)
        answer = fresh.post("/people", {"username": f"user{number // 8}", "role": "core"}, key=f"op-{number // 8}")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(8) as clients:
        answers = Counter(clients.map(send, range(40)))
    assert {status for status, _ in answers} == {201}
    assert sorted(answers.values()) == [8] * 5
