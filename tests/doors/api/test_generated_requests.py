"""Requests made up from the API's own description: no answer is a 5xx, and each is as described."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lims import api, clock
from lims.accounts import service
from lims.accounts.vocabulary import SYSTEM, Role
from lims.app import create_app
from lims.settings import Settings
from tests.support.bench import Bench
from tests.support.engines import Databases

CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


@pytest.fixture(scope="module")
def described(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description of a service with something in it."""
    database = databases.make()
    app = create_app(Settings(tmp_path_factory.mktemp("described"), str(database.url), b"k" * 32), on=database, doors=[api.register])
    with database.transaction() as session:
        bench = Bench(session, at=clock.now()).open_study()
        bench.tube(barcode="T-1")
        service.add_user(session, "boss", Role.ADMIN, actor=SYSTEM, at=clock.now())
        token = service.issue_token(session, "boss", actor=SYSTEM, at=clock.now()).text
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    schema.config.update(headers={"Authorization": f"Bearer {token}"})
    yield schema
    databases.drop(database)


def test_every_made_up_request_is_answered_as_described(described: Any, how_many: Callable[[int, int], int]) -> None:
    limits = settings(max_examples=how_many(6, 200), deadline=None, suppress_health_check=list(HealthCheck))
    for found in described.get_all_operations():
        operation = found.ok()

        @limits
        @given(case=operation.as_strategy())
        def answered_as_described(case: Any) -> None:
            case.call_and_validate(checks=list(CHECKS))

        answered_as_described()
