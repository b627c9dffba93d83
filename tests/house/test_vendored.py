"""What others wrote and we ship is unchanged: each file has the hash that was written down when it was fetched."""

import hashlib

from lims.web.assets import FOLDER


def test_vendored_files_are_as_they_were_fetched() -> None:
    lists = list((FOLDER / "vendor").glob("*/HASHES"))
    assert lists
    for hashes in lists:
        wanted = {name: digest for digest, name in (line.split() for line in hashes.read_text().splitlines())}
        found = {name: hashlib.sha256((hashes.parent / name).read_bytes()).hexdigest() for name in wanted}
        assert found == wanted
        assert {path.name for path in hashes.parent.iterdir()} - found.keys() == {"HASHES", "README.md"}
