"""The locks are what ``pyproject.toml`` asks for, and the tests run on what the service runs on."""

import tomllib

from tests.support.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SERVICE, DEV = ((ROOT / "scripts" / "lock" / name).read_text().splitlines() for name in ("service.txt", "dev.txt"))


def exact(requirements: list[str]) -> set[str]:
    """The requirements that name one version, as a lock writes them."""
    return {r.replace("[binary]", "").replace(".datamatrix", "-datamatrix").lower() for r in requirements if "==" in r}


def test_every_package_is_locked_to_one_version() -> None:
    assert [line for line in DEV if "==" not in line] == []


def test_the_tests_run_on_the_packages_the_service_runs_on() -> None:
    assert set(SERVICE) <= set(DEV)


def test_the_locks_hold_the_versions_the_project_asks_for() -> None:
    assert exact(PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]) <= set(SERVICE)
    assert exact(PROJECT["dependency-groups"]["dev"]) <= set(DEV)
