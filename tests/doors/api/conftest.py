"""What tests of the API door may ask for: the service on a database, and a client with a token for each role."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lims import api, clock
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.db import Database
from tests.support.app import app_on


@dataclass(frozen=True)
class Client:
    """Somebody's machine: a token, and the address of the service."""

    http: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        """Read."""
        return self.http.get("/api/v1" + path, query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> TestResponse:
        """Do something, under an operation id if one is given."""
        return self.http.post("/api/v1" + path, json=body if body is not None else {}, headers=self._headers(key))

    def send(self, path: str, body: bytes, content_type: str = "application/json") -> TestResponse:
        """Send these very bytes."""
        return self.http.post("/api/v1" + path, data=body, content_type=content_type, headers=self._headers())

    def _headers(self, key: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})


Clients = Callable[[Role], Client]


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The service with this one door."""
    return app_on(database, tmp_path, [api.register])


@pytest.fixture
def client_of(app: Flask, database: Database) -> Clients:
    """A client for somebody of a role, made when first asked for; they are called as their role."""
    made: dict[Role, Client] = {}

    def client(role: Role) -> Client:
        if role not in made:
            with database.transaction() as session:
                service.add_user(session, role, role, actor=SYSTEM, at=clock.now())
                token = service.issue_token(session, role, actor=SYSTEM, at=clock.now()).text
            made[role] = Client(app.test_client(), token)
        return made[role]

    return client


@pytest.fixture
def admin(client_of: Clients) -> Client:
    """An administrator's machine."""
    return client_of(Role.ADMIN)
