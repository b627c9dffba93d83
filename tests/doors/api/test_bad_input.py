"""Whatever is sent, the answer is a problem with a code and a sentence; never a 500, and the same on both engines."""

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lims.http_context import house, public

from .conftest import Client

GOOD = {"username": "chen.wei", "role": "technician"}


def code_of(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", answer.text
    assert answer.json is not None
    assert set(answer.json) >= {"type", "title", "status", "code", "detail", "request_id"}
    assert answer.json["status"] == answer.status_code
    assert answer.headers["X-Request-Id"] == answer.json["request_id"]
    return answer.status_code, answer.json["code"]


NO_JSON_OF_OURS = [
    b"{",
    b"nonsense",
    b'{"username": NaN, "role": "core"}',
    b'{"username": Infinity}',
    b'{"username": 1e999}',
    b'{"username": 1' + b"0" * 5000 + b"}",
    b'{"username": 9223372036854775808}',
    b'{"username": -9223372036854775809}',
    b'{"username": "a", "username": "b"}',
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 17 + b"1" + b"}" * 17,
    b'{"username": "\xff\xfe"}',
    b'\xef\xbb\xbf{"username": "a"}',
    b'{"username": "a\nb"}',
]


def test_what_is_no_json_of_ours_is_named_as_such(admin: Client) -> None:
    for body in NO_JSON_OF_OURS:
        assert code_of(admin.send("/people", body)) == (400, "api.malformed-json"), body[:50]


UNREADABLE: list[tuple[Any, str]] = [
    ({}, "/username"),
    ([], ""),
    ("text", ""),
    (7, ""),
    (None, ""),
    (GOOD | {"surprise": 1}, "/surprise"),
    (GOOD | {"a/b~c": 1}, "/a~1b~0c"),
    (GOOD | {"username": "nul \0"}, "/username"),
    (GOOD | {"username": "half \ud800"}, "/username"),
    (GOOD | {"username": "\u202eright to left"}, "/username"),
    (GOOD | {"username": "zero\u200bwidth"}, "/username"),
    (GOOD | {"username": 7}, "/username"),
    (GOOD | {"username": None}, "/username"),
    (GOOD | {"username": ["chen"]}, "/username"),
    (GOOD | {"username": "x" * 20_000}, "/username"),
    (GOOD | {"role": "emperor"}, "/role"),
    (GOOD | {"role": {"$ne": ""}}, "/role"),
]


def test_a_field_that_cannot_be_read_is_pointed_at(admin: Client) -> None:
    for body, pointer in UNREADABLE:
        answer = admin.send("/people", json.dumps(body).encode())
        assert code_of(answer) == (422, "api.invalid-request")
        assert answer.json is not None
        assert pointer in [each["pointer"] for each in answer.json["errors"]]
        assert b"username" not in admin.get("/people").data.replace(b'"username":"admin"', b"")


def test_a_whole_number_is_a_whole_number(admin: Client) -> None:
    for days in ["1", 1.0, 1.5, True, None, 0, 366, [1]]:
        assert code_of(admin.post("/tokens", {"expires_in_days": days})) == (422, "api.invalid-request"), days


def test_other_kinds_of_body_are_refused(admin: Client) -> None:
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert code_of(admin.send("/people", b"username=chen", kind)) == (415, "api.not-json")


def test_a_body_of_more_than_a_mebibyte_is_refused(admin: Client) -> None:
    assert code_of(admin.send("/people", b'"' + b"a" * 1024 * 1024 + b'"')) == (413, "http.too-large")


NOWHERE = [
    ("GET", "/nowhere", (404, "http.no-such-address")),
    ("GET", "/people/%00/role", (405, "http.method-not-allowed")),
    ("POST", "/people/%00/disable", (404, "http.no-such-address")),
    ("POST", "/people/%ed%a0%80/disable", (404, "accounts.unknown-user")),
    ("POST", "/people/" + "x" * 5000 + "/disable", (404, "accounts.unknown-user")),
    ("POST", "/tokens/9223372036854775808/revoke", (404, "http.no-such-address")),
    ("POST", "/tokens/9223372036854775807/revoke", (404, "accounts.unknown-token")),
    ("POST", "/tokens/-1/revoke", (404, "http.no-such-address")),
    ("DELETE", "/people", (405, "http.method-not-allowed")),
]


def test_an_address_of_nothing_is_a_problem_too(admin: Client) -> None:
    for method, path, expected in NOWHERE:
        answer = admin.http.open("/api/v1" + path, method=method, headers={"Authorization": f"Bearer {admin.token}"})
        assert code_of(answer) == expected


def test_what_nobody_foresaw_is_told_without_its_words(
    app: Flask, admin: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    @public
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(app.view_functions, "people.me", broken)
    answer = admin.get("/me")
    assert code_of(answer) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text


def test_another_host_than_the_trusted_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["lims.example.org"])
    assert app.test_client().get("/healthz", base_url="http://evil.example.com").status_code == 400
    assert app.test_client().get("/healthz", base_url="http://lims.example.org").status_code == 200


def test_a_database_without_our_tables_is_not_ready(app: Flask, admin: Client) -> None:
    assert admin.http.get("/readyz").json == {"status": "ready"}
    with house(app).database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = admin.http.get("/readyz")
    assert code_of(answer) == (503, "database.migrations-missing")
    assert admin.http.get("/healthz").status_code == 200
