"""What a page costs to fetch the first time: itself and every file it names, as they are sent, the font aside."""

import gzip
import re
from posixpath import join, normpath

import pytest
from flask.testing import FlaskClient

from lims.accounts.vocabulary import Role
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord

from .conftest import Browsers

MOST_BYTES = 150_000
SHRUNK = {"Accept-Encoding": "gzip"}
NAMED = re.compile(r'(?:src|href)="(/static/[^"#]+)')
IMPORTED = re.compile(r'from "(\./[^"]+|\.\./[^"]+)"')
PLACES = (
    *("/", "/participants", "/collect", "/containers", "/pairs", "/batches", "/specimens", "/pick-lists", "/audits", "/kits"),
    *("/labels", "/import", "/trail", "/people", "/account", "/bench", "/bench-sheet", "/sign-in"),
)


def weight(client: FlaskClient, path: str) -> int:
    """Bytes of a page, and of what it and its scripts name."""
    page = client.get(path, headers=SHRUNK)
    assert page.status_code == 200, path
    files: dict[str, int] = {}
    waiting = NAMED.findall(page.text)
    while waiting:
        address = waiting.pop()
        if address in files or address.endswith(".woff2") or "/vendor/" in address:  # the camera's reader comes when it is asked for
            continue
        with client.get(address, headers=SHRUNK) as file:
            files[address] = len(file.data)
        if address.endswith(".js"):
            script = gzip.decompress(file.data).decode()
            waiting += [normpath(join(address.rpartition("/")[0], name)) for name in IMPORTED.findall(script)]
    assert any(address.endswith(".css") for address in files)
    return len(page.data) + sum(files.values())


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what a page weighs does not hang on the engine
def test_no_page_weighs_more_than_150_kilobytes(browser_of: Browsers, box: ContainerRecord, aliquots: tuple[NewTube, ...]) -> None:
    client = browser_of(Role.ADMIN).http
    paths = (*PLACES, f"/containers/{box.barcode}", f"/containers/{box.barcode}/hole-sheet", f"/specimens/{aliquots[0].barcode}")
    weights = {path: weight(client, path) for path in paths}
    assert weights["/bench"] > weights["/sign-in"]
    assert {path: size for path, size in weights.items() if size > MOST_BYTES} == {}, sorted(weights.items(), key=lambda each: -each[1])
