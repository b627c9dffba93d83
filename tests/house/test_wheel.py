"""The service installed from its wheel, far from any checkout, has everything it needs with it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.source import ROOT

TRAVELS = ("lims/_resources/migrations/env.py", "lims/_resources/label_templates/", "lims/studies/protocols/ildr-02.toml")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)], cwd=ROOT, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_what_the_service_reads_travels_in_the_wheel(installed: Path) -> None:
    assert [name for name in TRAVELS if not (installed / name).exists()] == []


def test_a_database_is_made_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    act = (
        "import lims; from lims.db import Database; from lims.migrate import differences, upgrade;"
        "database = Database('sqlite:///made.db'); upgrade(database); print(lims.__file__, differences(database))"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    made = subprocess.run([sys.executable, "-c", act], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert made.stdout.split() == [str(installed / "lims" / "__init__.py"), "[]"]
