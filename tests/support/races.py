"""Several people who act at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.orm import Session

from lims.db import Database
from lims.errors import LimsError

Answer = TypeVar("Answer")


def at_once(database: Database, acts: Sequence[Callable[[Session], Answer]]) -> list[Answer | LimsError]:
    """What came of each act, or why it was refused: all begun together, each in a transaction of its own."""
    start = threading.Barrier(len(acts))

    def run(one: Callable[[Session], Answer]) -> Answer | LimsError:
        start.wait()
        try:
            with database.transaction() as session:
                return one(session)
        except LimsError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(run, acts))
