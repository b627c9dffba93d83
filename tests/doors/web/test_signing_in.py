"""Coming in and going out: passwords, sessions at the server, one-time links, and forms from nowhere."""

import re

import pytest
from flask import Flask

from lims import clock
from lims.accounts import queries, service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database

from .conftest import Browser, Browsers, headline, let_in, said, token_of

PASSWORD = "forty two frozen tubes"


@pytest.fixture
def auditor(database: Database) -> None:
    """Somebody with a password."""
    with database.transaction() as session:
        service.add_user(session, "auditor", Role.AUDITOR, actor=SYSTEM, at=clock.now(), password=PASSWORD)


@pytest.mark.usefixtures("auditor")
def test_a_page_leads_to_signing_in_and_back_again(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/trail?actor=x")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/trail%3Factor%3Dx")
    form = {"csrf": token_of(client.get("/sign-in")), "username": "Auditor ", "password": PASSWORD, "next": "/trail"}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/trail")
    cookie = next(header for header in answer.headers.getlist("Set-Cookie") if header.startswith("lims_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.usefixtures("auditor")
@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere_after_signing_in(app: Flask, elsewhere: str) -> None:
    client = app.test_client()
    form = {"csrf": token_of(client.get("/sign-in")), "username": "auditor", "password": PASSWORD, "next": elsewhere}
    assert client.post("/sign-in", data=form).headers["Location"] == "/"


@pytest.mark.usefixtures("auditor")
def test_a_wrong_password_is_refused_in_one_sentence_and_soon_has_to_wait(app: Flask) -> None:
    client = app.test_client()
    form = {"csrf": token_of(client.get("/sign-in")), "username": "auditor", "password": "wrong"}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 401
    assert "Name and password do not fit." in said(answer)
    assert [client.post("/sign-in", data=form).status_code for _ in range(5)][-1] == 429


def test_signing_out_ends_the_session_at_the_server(app: Flask, technician: Browser) -> None:
    cookie = technician.http.get_cookie("lims_session")
    assert cookie is not None
    technician.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("lims_session", cookie.value)
    assert thief.get("/account").headers["Location"].startswith("/sign-in")


def test_a_one_time_link_sets_a_password_once(app: Flask, browser_of: Browsers) -> None:
    admin = browser_of(Role.ADMIN)
    admin.follow("/people", {"username": "chen.yutong", "role": "technician"})
    answer = admin.post("/people/chen.yutong/link")
    found = re.search(r"http://localhost(/password/[^<\s]+)", answer.text)
    assert found
    client = app.test_client()
    form = {"csrf": token_of(client.get(found[1])), "password": "six frozen cores", "again": "six frozen coreS"}
    assert "not the same" in said(client.post(found[1], data=form))
    form["again"] = "six frozen cores"
    assert client.post(found[1], data=form).headers["Location"] == "/sign-in"
    assert "used up" in said(client.post(found[1], data=form))
    signing_in = {"csrf": form["csrf"], "username": "chen.yutong", "password": "six frozen cores"}
    assert client.post("/sign-in", data=signing_in).headers["Location"] == "/"


def test_a_form_without_the_sessions_token_is_refused_and_changes_nothing(technician: Browser, database: Database) -> None:
    for token in ("", "wrong", "\N{SNOWMAN}"):
        answer = technician.http.post("/account/tokens", data={"csrf": token, "expires_in_days": "7"})
        assert answer.status_code == 403
        assert "earlier session" in said(answer)
    with database.read() as session:
        assert queries.list_tokens(session) == []


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://example.org"}])
def test_a_form_from_another_site_is_refused_even_with_the_token(technician: Browser, header: dict[str, str]) -> None:
    form = {"csrf": technician.token, "expires_in_days": "7"}
    answer = technician.http.post("/account/tokens", data=form, headers=header)
    assert answer.status_code == 403
    assert "another site" in said(answer)


@pytest.mark.usefixtures("auditor")
def test_somebody_changes_their_password_with_the_old_one_and_is_signed_out(app: Flask, database: Database) -> None:
    browser = let_in(app, database, "auditor")
    new = {"password": "two litres of nitrogen", "again": "two litres of nitrogen"}
    assert browser.post("/account/password", {"current": "wrong", **new}).status_code in {401, 403}
    answer = browser.post("/account/password", {"current": PASSWORD, **new})
    assert answer.headers["Location"] == "/sign-in"
    assert browser.get("/account").status_code == 303


def test_a_token_is_shown_once_and_can_be_revoked(technician: Browser, database: Database) -> None:
    answer = technician.post("/account/tokens", {"expires_in_days": "30"})
    assert re.search(r"lims_[0-9a-z]+_\w{43}", answer.text)
    assert "lims_" not in re.sub(r"/static/\S+", "", said(technician.get("/account")))
    with database.read() as session:
        (token,) = queries.list_tokens(session, "technician")
    technician.follow(f"/account/tokens/{token.id}/revoke")
    with database.read() as session:
        assert queries.list_tokens(session, "technician")[0].revoked_at is not None


def test_an_administrator_gives_roles_and_closes_accounts(browser_of: Browsers) -> None:
    admin, technician = browser_of(Role.ADMIN), browser_of(Role.TECHNICIAN)
    admin.follow("/people/technician/role", {"role": "auditor"})
    assert "Auditor" in headline(technician.get("/account"))
    admin.follow("/people/technician/close")
    assert technician.get("/account").status_code == 303
    answer = admin.post("/people/admin/role", {"role": "technician"})
    assert (answer.status_code, "last administrator" in said(answer)) == (409, True)
