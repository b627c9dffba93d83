"""What was done by hand where a kept act was refused, as the bench page tells it: once, so that it is not lost with a tablet."""

from flask import Response, jsonify

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, transaction
from lims.storage.by_hand import record_by_hand
from lims.storage.vocabulary import DoneByHand
from lims.web.bench_once import instant, occurred_at, once, optional_text, text, with_device
from lims.web.bench_outcomes import Outcome
from lims.web.frame import web
from lims.web.languages import in_both
from lims.web.messages import _, later


@web.post("/bench/by-hand")
@allow(Action.HANDLE)
@once
def bench_by_hand() -> Response:
    """Keep what a person says they did, with what was refused."""
    command = DoneByHand(
        barcode=text("barcode"),
        type=text("type"),
        where=optional_text("where") or "",
        refused=text("refused"),
        by=text("by"),
        scanned_at=instant(text("scanned_at")),
        occurred_at=occurred_at(),
        reason=text("reason"),
    )
    with transaction() as (session, actor):
        record_by_hand(session, command, actor=with_device(actor), at=clock.now())
    return jsonify(outcome=Outcome("ok", *in_both(later("Done by hand")), "", _("On record")).plain)
