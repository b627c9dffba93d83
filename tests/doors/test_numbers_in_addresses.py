"""A number in an address that no database can hold leads nowhere, at any door."""

import re
from pathlib import Path

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound

from lims import api, web
from lims.db import LARGEST_INTEGER, Database
from tests.support.app import app_on


def test_a_number_too_large_for_a_database_is_no_address(database: Database, tmp_path: Path) -> None:
    app = app_on(database, tmp_path, [api.register, web.register])
    addresses = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if "<int" in rule.rule]
    assert len(rules) > 3
    for rule in rules:
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for number, found in ((LARGEST_INTEGER, True), (LARGEST_INTEGER + 1, False), (2**80, False)):
            path = re.sub(r"<[^>]*>", "x", re.sub(r"<int[^>]*>", str(number), rule.rule))
            if found:
                assert addresses.match(path, method=method)[0] == rule.endpoint
            else:
                with pytest.raises((NotFound, MethodNotAllowed)):  # the latter where the address has a form and takes what it sends
                    addresses.match(path, method=method)
