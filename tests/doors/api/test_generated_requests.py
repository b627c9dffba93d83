"""Requests made up from the API's own description, over real HTTP: no answer is a 5xx, each is as described, and nonsense is refused.

Most of what is made up names things that are there, so that it gets past the first look-up. Whole (``--full``), the demo's data are
there too, and every operation is tried at its limits, at random, and one after the other with what the answers gave.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lims import clock
from lims.accounts import service as accounts
from lims.accounts.vocabulary import SYSTEM, Role
from lims.cli.demo import load_demo
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import load_protocol
from tests.support import made_up
from tests.support.engines import Databases
from tests.support.made_up.laboratory import Api, furnish
from tests.support.made_up.names import as_told, known
from tests.support.service import RunningService

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = """
[checks]
positive_data_acceptance = { enabled = false }
[[operations]]
include-path = "/api/v1/custody-events"
checks = { negative_data_rejection = { enabled = false } }
"""
"""All of them, but for two. What is described may still be refused, by a rule of the laboratory which no schema says; and of many acts
each row has its own fate: the answer to a row that cannot be read is 200, with its refusal within."""

FILES = Path(made_up.__file__).with_name("files.py")
OF_ACCOUNTS = "/people/|/revoke"
"""What shuts people out goes last: it may shut out whoever asks."""


@pytest.fixture
def full(pytestconfig: pytest.Config) -> bool:
    """Whether all is tried."""
    return bool(pytestconfig.getoption("full"))


@pytest.fixture
def running(databases: Databases, full: bool, tmp_path: Path) -> Iterator[tuple[RunningService, str]]:
    """The service as ``lims up`` starts it, with something in it, and an administrator's token."""
    database = databases.make()
    with database.transaction() as session:
        load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=clock.now())
        accounts.add_user(session, "tester", Role.ADMIN, actor=SYSTEM, at=clock.now())
        token = accounts.issue_token(session, "tester", actor=SYSTEM, at=clock.now()).text
    if full:
        load_demo(database, tmp_path)
    service = RunningService(database, tmp_path / "service")
    service.start()
    yield service, token
    service.stop()
    databases.drop(database)


def test_every_made_up_request_is_answered_as_described(
    running: tuple[RunningService, str], full: bool, how_many: Callable[[int, int], int], tmp_path: Path
) -> None:
    service, token = running
    config = _write_config(Api(service.address, token), tmp_path)
    phases = "coverage,fuzzing,stateful" if full else "fuzzing"
    for which in ("--exclude-path-regex", "--include-path-regex"):
        command: list[str | Path] = [
            SCHEMATHESIS,
            "--config-file",
            config,
            "run",
            f"{service.address}/api/v1/openapi.json",
            which,
            OF_ACCOUNTS,
        ]
        command += ["-H", f"Authorization: Bearer {token}", "-n", str(how_many(3, 200)), "--phases", phases]
        command += ["--suppress-health-check", "all", "--continue-on-failure", "--no-shrink"]
        command += [] if full else ["--seed", "1"]
        tried = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert tried.returncode == 0, tried.stdout[-20_000:] + tried.stderr
    assert "Traceback" not in service.log.read_text()


def _write_config(api: Api, folder: Path) -> Path:
    """What schemathesis is told: what is there, where to name it, and how our files look."""
    made = furnish(api)
    names = known(api, made)
    (folder / "known.json").write_text(json.dumps({"tubes": names["tubes"], "seen": made.scans}))
    config = folder / "schemathesis.toml"
    config.write_text("\n".join([f"hooks = {json.dumps(str(FILES))}", as_told(names), CHECKS]))
    return config
