"""Nobody sees a page they may not, and every page says who may."""

from flask import Flask

from lims.accounts.vocabulary import ALLOWED, Action, Role
from lims.db import Database
from lims.http_context import declared_action

from .conftest import Browsers, let_in

OPEN_TO_ALL = {
    "healthz",
    "readyz",
    "web.bench_worker",
    "web.static_file",
    "web.sign_in_page",
    "web.take_sign_in",
    "web.take_sign_out",
    "web.password_link_page",
    "web.take_password_link",
    "web.set_device",
}


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Method, address and endpoint of every route, with something in each place."""
    places = {"form": "csv", "asked": "use"}
    return [
        (method, rule.build({name: places.get(name, "1") for name in rule.arguments})[1], rule.endpoint)  # type: ignore[index]  # every rule can be built
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_page_asks_who_it_is_unless_it_is_listed(app: Flask) -> None:
    client = app.test_client()
    for method, address, endpoint in addresses(app):
        answer = client.open(address, method=method)
        to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        assert to_sign_in == (endpoint not in OPEN_TO_ALL), (method, address, answer.status_code)


def test_every_role_reaches_what_it_may_and_nothing_else(app: Flask, database: Database, browser_of: Browsers) -> None:
    for role in Role:
        browser = browser_of(role)
        token = browser.token
        for method, address, endpoint in addresses(app):
            action = declared_action(app.view_functions[endpoint])
            if not isinstance(action, Action):
                continue
            answer = browser.http.open(address, method=method, data={"csrf": token} if method == "POST" else None)
            assert (answer.status_code == 403) == (action not in ALLOWED[role]), (role, method, address, answer.status_code)
            assert answer.status_code < 500, (role, method, address, answer.text)
            if address == "/account/sessions" and method == "POST":
                browser = let_in(app, database, role)
                token = browser.token
