"""How an answer shows one event of the ledger."""

from typing import Any

from marshmallow import fields

from lims.api.fields import Instant, instant_text
from lims.api.schema import Schema
from lims.custody.vocabulary import Event


class EventOut(Schema):
    """One act on one thing, as it stands in the ledger for ever."""

    id = fields.Integer(required=True)
    sequence = fields.Integer(required=True)
    type = fields.String(required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    actor = fields.String(required=True)
    device = fields.String(required=True, allow_none=True)
    from_ = fields.Raw(required=True, allow_none=True, data_key="from", metadata={"description": "Where it was, or from whom"})
    to = fields.Raw(required=True, allow_none=True, metadata={"description": "Where it is since, or who has it"})
    reason = fields.String(required=True, allow_none=True)
    corrects = fields.Integer(required=True, allow_none=True)
    facts = fields.Dict(keys=fields.String(), required=True, metadata={"description": "All that was written down of the act"})
    previous_hash = fields.String(required=True)
    hash = fields.String(required=True)


def event_row(event: Event) -> dict[str, Any]:
    """An event as an answer shows it; agrees with :class:`EventOut`."""
    return {
        "id": event.id,
        "sequence": event.sequence,
        "type": event.type,
        "occurred_at": instant_text(event.occurred_at),
        "recorded_at": instant_text(event.recorded_at),
        "actor": event.actor,
        "device": event.device,
        "from": event.facts.get("from"),
        "to": event.facts.get("to"),
        "reason": event.reason,
        "corrects": event.corrects,
        "facts": dict(event.facts),
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
