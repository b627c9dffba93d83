"""Nobody comes in without a token that is valid, and nobody does what their role may not."""

from datetime import timedelta

import pytest
from flask import Flask

from lims import clock
from lims.accounts import service
from lims.accounts.vocabulary import ALLOWED, SYSTEM, Action, Role
from lims.db import Database
from lims.http_context import PUBLIC, allow, check_every_view_declares, declared_action

from .conftest import Client, Clients

OPEN_TO_ALL = {"healthz", "readyz", "api-docs.openapi_json", "api-docs.browse", "api-docs.style", "api-docs.typeface"}


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Method, address and endpoint of every route, with something in each place."""
    return [
        (method, rule.build(dict.fromkeys(rule.arguments, "1"))[1], rule.endpoint)  # type: ignore[index]  # every rule can be built
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_needs_a_token_unless_it_is_listed(app: Flask) -> None:
    client = app.test_client()
    for method, address, endpoint in addresses(app):
        status = client.open(address, method=method).status_code
        assert (status == 401) == (endpoint not in OPEN_TO_ALL), (method, address, status)


def test_every_role_reaches_what_it_may_and_nothing_else(app: Flask, client_of: Clients) -> None:
    for role in Role:
        client = client_of(role)
        for method, address, endpoint in addresses(app):
            action = declared_action(app.view_functions[endpoint])
            if action == PUBLIC:
                continue
            assert isinstance(action, Action)
            answer = client.http.open(
                address, method=method, data=b"[", content_type="text/plain", headers={"Authorization": f"Bearer {client.token}"}
            )
            assert (answer.status_code == 403) == (action not in ALLOWED[role]), (role, method, address, answer.status_code)
            assert answer.status_code < 500, (role, method, address, answer.text)


def test_a_view_that_declares_nothing_stops_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "forgotten", lambda: "open")
    with pytest.raises(RuntimeError, match="forgotten"):
        check_every_view_declares(app)
    monkeypatch.setitem(app.view_functions, "forgotten", allow(Action.READ)(lambda: "shut"))
    check_every_view_declares(app)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic bGltczpsaW1z", "Bearer nonsense", "Bearer lims_1_" + "a" * 43, "Bearer lims_1_\udcff"]
)
def test_what_is_no_token_is_refused_alike(app: Flask, header: str) -> None:
    answer = app.test_client().get("/api/v1/me", headers={"Authorization": header.encode("latin-1", "replace").decode("latin-1")})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json is not None
    assert answer.json["code"] in {"accounts.not-signed-in", "accounts.token-refused"}


def test_an_expired_and_a_revoked_token_end_with_the_next_request(app: Flask, admin: Client, database: Database) -> None:
    with database.transaction() as session:
        old = service.issue_token(session, "admin", actor=SYSTEM, at=clock.now() - timedelta(days=3), expires_in_days=2).text
    expired = Client(app.test_client(), old).get("/me")
    assert (expired.status_code, expired.json and expired.json["code"]) == (401, "accounts.token-expired")
    issued = admin.post("/tokens", {"scopes": ["own-account"]}).json
    assert issued is not None
    narrow = Client(app.test_client(), issued["token"])
    assert narrow.get("/me").json == {"username": "admin", "role": "admin", "may": ["own-account"]}
    assert narrow.get("/people").status_code == 403
    assert admin.post(f"/tokens/{issued['id']}/revoke").status_code == 204
    assert narrow.get("/me").status_code == 401


def test_a_cookie_opens_nothing(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("lims_session", "anything")
    assert client.get("/api/v1/me").status_code == 401


def test_a_token_is_shown_once_and_kept_nowhere(admin: Client, database: Database) -> None:
    first, second = (admin.post("/tokens", {}, key="same-key").json for _ in range(2))
    assert first is not None
    assert second is not None
    assert first["token"] != second["token"]
    with database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT answer FROM operation").all()
    assert first["token"] not in str(kept)


def test_every_answer_carries_the_shields(app: Flask) -> None:
    for path in ("/healthz", "/api/v1/me", "/api/docs", "/nowhere"):
        headers = app.test_client().get(path).headers
        assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert len(headers["X-Request-Id"]) == 16
        assert "Set-Cookie" not in headers
