"""Rules of the ledger itself, whatever the act is."""

from datetime import datetime, timedelta

from lims.custody.errors import InTheFuture

CLOCK_SLACK = timedelta(minutes=5)
"""How far a bench device's clock may run ahead."""


def check_has_happened(occurred_at: datetime, now: datetime) -> None:
    """
    :raises InTheFuture: more than five minutes ahead of the server.
    """
    if occurred_at > now + CLOCK_SLACK:
        raise InTheFuture(occurred_at)
