"""What looking at labels may ask for besides: somebody who draws ZPL."""

from collections.abc import Iterator

import pytest

from tests.support.zpl_drawing import ZplDrawer, open_zpl_drawer


@pytest.fixture(scope="session")
def zpl_drawer() -> Iterator[ZplDrawer]:
    """One for all labels of a worker."""
    with open_zpl_drawer() as drawer:
        yield drawer
