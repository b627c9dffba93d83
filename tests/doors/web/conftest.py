"""What tests of the web door may ask for: the service on a database with the trial in it, and a signed-in browser for each role."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lims import clock, web
from lims.accounts import service
from lims.accounts.sign_in import _find_account, begin_session
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.storage.containers import create_container
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import CreateContainer
from tests.factories.trial import begin, collect, divide
from tests.support.app import app_on


@dataclass(frozen=True)
class Browser:
    """Somebody's browser: it keeps cookies, and sends with each form what every page carries in this session."""

    http: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        """Open a page."""
        return self.http.get(path, query_string=query or None)

    def post(self, path: str, fields: dict[str, Any] | None = None, *, op: str | None = None) -> TestResponse:
        """Send a form of ours."""
        return self.http.post(path, data={"csrf": self.token, "op": op or str(uuid.uuid4())} | (fields or {}))

    def follow(self, path: str, fields: dict[str, Any] | None = None) -> TestResponse:
        """Send a form and go where it leads."""
        answer = self.post(path, fields)
        assert answer.status_code == 303, (answer.status_code, headline(answer), answer.text[:3000])
        return self.get(answer.headers["Location"])


Browsers = Callable[[Role], Browser]


def let_in(app: Flask, database: Database, name: str) -> Browser:
    """A browser as somebody has it after signing in; to prove a password takes long by intent, and is left to the tests of that."""
    with database.transaction() as session:
        account = _find_account(session, name)
        assert account is not None
        signed_in = begin_session(session, account, at=clock.now(), lasts=timedelta(hours=12))
    client = app.test_client()
    client.set_cookie("lims_session", signed_in.secret)
    return Browser(client, signed_in.csrf_token)


def token_of(answer: TestResponse) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found, answer.text[:500]
    return found[1]


def headline(answer: TestResponse) -> str:
    """The answer a page opens with."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split()) if found else ""


def said(answer: TestResponse) -> str:
    """All the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The service with this one door."""
    return app_on(database, tmp_path, [web.register])


@pytest.fixture
def browser_of(app: Flask, database: Database) -> Browsers:
    """A browser signed in as somebody of a role, made when first asked for; they are called as their role."""
    made: dict[Role, Browser] = {}

    def browser(role: Role) -> Browser:
        if role not in made:
            with database.transaction() as session:
                service.add_user(session, role, role, actor=SYSTEM, at=clock.now())
            made[role] = let_in(app, database, role)
        return made[role]

    return browser


@pytest.fixture
def technician(browser_of: Browsers) -> Browser:
    """Somebody at the bench."""
    return browser_of(Role.TECHNICIAN)


@pytest.fixture
def coordinator(browser_of: Browsers) -> Browser:
    """Somebody at the desk."""
    return browser_of(Role.COORDINATOR)


@pytest.fixture
def trial(database: Database) -> Database:
    """The database with the protocol and participant L07, whose fraction is given."""
    with database.transaction() as session:
        begin(session)
    return database


@pytest.fixture
def aliquots(trial: Database) -> tuple[NewTube, ...]:
    """Four aliquots of 200 mg of L07's stool at PRE."""
    with trial.transaction() as session:
        return divide(session, collect(session).specimens[0].barcode)


@pytest.fixture
def box(trial: Database) -> ContainerRecord:
    """An empty 9 × 9 box in a freezer."""
    with trial.transaction() as session:
        freezer = make(session, "freezer", "F2")
        return make(session, "box-9x9", "B-0117", make(session, "rack", "Rack 5", freezer))


def make(session: Session, type_: str, name: str, parent: ContainerRecord | None = None) -> ContainerRecord:
    """A container."""
    command = CreateContainer(type=type_, name=name, parent=parent.barcode if parent else None)
    return create_container(session, command, actor=SYSTEM, at=clock.now())
