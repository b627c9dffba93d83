"""A laboratory's own label template: a file dropped into a folder is there at every door, and a faulty one stops the start."""

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lims.app import create_app
from lims.db import Database
from lims.labels.drawing import known_templates, use_own_templates
from lims.labels.render_errors import TemplateInvalid
from lims.labels.renderers import render
from lims.settings import BadSetting, Settings, read_settings
from tests.golden.labels.reading import decoded, expected, our_codes, rasterise, values_for
from tests.support.service import lims

OWN = """\
name = "our-vial"
title = "Our vial"
subject = "specimen"
[stock]
name = "Ours"
part = "OURS-1"
width_mm = 30
height_mm = 12
dpi = [300]
[[element]]
kind = "datamatrix"
x_mm = 1
y_mm = 1
width_mm = 8
height_mm = 8
module_mm = 0.4
least_module_mm = 0.24
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with one template in it; afterwards only the shipped ones are known again."""
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "our-vial.toml").write_text(OWN, encoding="utf-8")
    yield folder
    use_own_templates(None)


def start(database: Database, folder: Path) -> None:
    create_app(Settings(folder.parent, str(database.url), b"k" * 32, label_templates=folder), on=database)


def draw(database: Database, folder: Path, template: str) -> CompletedProcess[str]:
    command = ("labels", "render", "--template", template, "S3WJWJD8", "--out", "x.pdf")
    return lims(database, folder.parent, *command, LIMS_LABEL_TEMPLATES=str(folder))


def test_a_file_in_the_folder_is_a_template_beside_the_shipped_ones(database: Database, folder: Path) -> None:
    start(database, folder)
    assert {"our-vial", "cryo-wrap"} <= set(known_templates())
    assert list(known_templates()) == sorted(known_templates())
    (code,) = our_codes(1, seed=5)
    file = render(known_templates()["our-vial"], [values_for(known_templates()["our-vial"], code)], format="png", dpi=300)
    assert decoded(rasterise(file, "png", 300)[0]) == expected(known_templates()["our-vial"], code)


def test_a_file_of_a_shipped_name_takes_its_place(database: Database, folder: Path) -> None:
    (folder / "cryo-wrap.toml").write_text(OWN.replace("our-vial", "cryo-wrap"), encoding="utf-8")
    start(database, folder)
    assert known_templates()["cryo-wrap"].stock.part == "OURS-1"


def test_a_faulty_file_stops_the_start_by_its_line(database: Database, folder: Path) -> None:
    (folder / "our-vial.toml").write_text(OWN.replace("width_mm = 8", "width_mm = 80"), encoding="utf-8")
    with pytest.raises(TemplateInvalid, match=r"our-vial\.toml:12: the datamatrix does not lie within"):
        start(database, folder)
    said = draw(database, folder, "our-vial")
    assert (said.returncode, said.stderr.splitlines()[0][:24]) == (1, "Error: our-vial.toml:12:")


def test_the_command_line_knows_it_too(database: Database, folder: Path) -> None:
    said = draw(database, folder, "none")
    assert "our-vial" in said.stderr


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="LIMS_LABEL_TEMPLATES: there is no folder"):
        read_settings({"LIMS_DATA_DIR": str(tmp_path), "LIMS_LABEL_TEMPLATES": str(tmp_path / "none")})
    assert read_settings({"LIMS_DATA_DIR": str(tmp_path), "LIMS_LABEL_TEMPLATES": str(tmp_path)}).label_templates == tmp_path.resolve()
