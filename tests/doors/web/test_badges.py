"""Badges on the pages: given by who manages people, printed, scanned anywhere; a name is filled in and a password is asked for."""

import re

from flask import Flask

from lims import clock
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database

from .conftest import Browser, Browsers, headline, said, token_of

PASSWORD = "forty two frozen tubes"


def badge_for(admin: Browser, username: str) -> str:
    """A new badge's code, off its card."""
    answer = admin.follow(f"/people/{username}/badge")
    found = re.search(r'class="tiny faint">(U\w{3} \w{4})<', answer.text)
    assert found, answer.text
    return found[1].replace(" ", "")


def test_a_badge_is_given_printed_and_replaced_on_the_page_of_people(browser_of: Browsers, technician: Browser) -> None:
    admin = browser_of(Role.ADMIN)
    assert "No badge yet" in said(admin.get("/people/technician/badge"))
    first = badge_for(admin, "technician")
    card = admin.get("/people/technician/badge")
    assert card.text.count(f'aria-label="{first}"') == 2
    assert badge_for(admin, "technician") != first
    assert technician.post("/people/technician/badge").status_code == 403
    assert admin.get("/people/nobody/badge").status_code == 404


def test_ones_own_badge_shows_what_one_did_today(browser_of: Browsers, technician: Browser) -> None:
    badge = badge_for(browser_of(Role.ADMIN), "technician")
    answer = technician.get("/scan", code=badge)
    assert answer.headers["Location"] == f"/badges/{badge}"
    shown = technician.get(f"/badges/{badge}")
    assert headline(shown) == "This is your own badge: you are technician"
    assert "Signed in" in said(shown)
    assert technician.get(f"/bench/scans/{badge}").get_json()["badge"] == {"may_take_over": False}


def test_anothers_badge_hands_the_bench_over_and_only_the_password_is_typed(
    database: Database, browser_of: Browsers, technician: Browser, coordinator: Browser
) -> None:
    with database.transaction() as session:
        service.add_user(session, "zhou.min", Role.COORDINATOR, actor=SYSTEM, at=clock.now(), password=PASSWORD)
    badge = badge_for(browser_of(Role.ADMIN), "zhou.min")
    offer = technician.get(f"/badges/{badge}")
    assert headline(offer) == "Hand over to zhou.min?"
    answer = technician.post("/sign-out", {"badge": badge, "next": "/bench"})
    assert answer.headers["Location"] == f"/sign-in?badge={badge}&next=/bench"
    form = technician.get(answer.headers["Location"])
    assert 'name="username" type="text" value="zhou.min"' in form.text
    assert technician.get("/account").status_code == 303  # nobody is signed in by it
    token = token_of(form)
    wrong = {"csrf": token, "username": "zhou.min", "password": badge, "next": "/bench"}
    assert technician.http.post("/sign-in", data=wrong).status_code == 401
    assert technician.http.post("/sign-in", data=wrong | {"password": PASSWORD}).headers["Location"] == "/bench"
    assert coordinator.get(f"/badges/{badge}").status_code == 200


def test_a_badge_that_counts_no_more_says_so_and_fills_in_no_name(app: Flask, browser_of: Browsers, technician: Browser) -> None:
    admin = browser_of(Role.ADMIN)
    old, new = badge_for(admin, "technician"), badge_for(admin, "technician")
    shown = app.test_client().get(f"/sign-in?badge={old}")
    assert "This badge of technician was replaced." in said(shown)
    assert 'value="technician"' not in shown.text
    assert "was replaced" in said(admin.get(f"/badges/{old}"))
    on_bench = technician.get(f"/bench/scans/{old}").get_json()
    assert (on_bench["outcome"]["title"], on_bench["badge"]) == ("Badge was replaced", {"may_take_over": False})
    admin.follow("/people/technician/close")
    assert "The account of technician is closed." in said(app.test_client().get(f"/sign-in?badge={new}"))


def test_to_who_has_not_signed_in_a_code_is_a_badge_or_nothing(app: Flask, browser_of: Browsers) -> None:
    browser_of(Role.ADMIN)
    for code in ("L07", "NONE-SUCH", "admin"):
        shown = app.test_client().get("/sign-in", query_string={"badge": code})
        assert (shown.status_code, "nobody’s badge" in said(shown)) == (404, True)
