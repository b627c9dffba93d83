"""Reading code sooner."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """While modules are read nothing of them is garbage; looking for it all the same takes a third of the time.

    What was read is not looked through again, so that copies of this process go on sharing its memory.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
