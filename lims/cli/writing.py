"""Writing a file so that it is whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def write_whole(path: Path, content: bytes) -> None:
    """Write beside it, make it safe, and put it in place at once.

    :raises ClickException: it cannot be written; nothing is left behind.
    """
    with written_in_words(path):
        _write_whole(path, content)


@contextmanager
def written_in_words(path: Path) -> Iterator[None]:
    """Around the writing of a file.

    :raises ClickException: there is no such folder, no room, or no leave to write there.
    """
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {(error.strerror or str(error)).lower()}. Name another file.") from error


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
