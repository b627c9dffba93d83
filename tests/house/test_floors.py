"""The contracts in ``pyproject.toml`` speak of every room there is; import-linter does the rest."""

import tomllib

from tests.support.source import ROOT

CONTRACTS = {
    contract["id"]: contract for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
DOORS = {"api", "web", "cli"}
ROOMS = {f"lims.{path.parent.name}" for path in (ROOT / "lims").glob("*/__init__.py")} - {f"lims.{door}" for door in DOORS}


def test_every_room_is_held_to_its_furniture() -> None:
    assert set(CONTRACTS["rooms"]["containers"]) == ROOMS


def test_every_room_is_kept_from_http() -> None:
    files = {f"lims.{path.stem}" for path in (ROOT / "lims").glob("[!_]*.py")} - {"lims.acts_once", "lims.app", "lims.http_context"}
    assert set(CONTRACTS["no-http-in-rooms"]["source_modules"]) == ROOMS | files
