"""What a room of printing begins with: tubes, a printer, and a ledger that verifies."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from lims.checks import ledger_checks
from lims.custody.verification import verify
from tests.factories.printing import printer
from tests.factories.trial import begin, divide, tube


@pytest.fixture
def barcodes(session: Session) -> Iterator[list[str]]:
    """Four aliquots of L07, and a printer; whatever the test does, everything verifies afterwards."""
    begin(session)
    printer(session)
    yield [each.barcode for each in divide(session, tube(session).barcode)]
    assert [str(each) for each in verify(session, ledger_checks())] == []
