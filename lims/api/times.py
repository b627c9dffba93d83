"""The endpoint by which a collection's times are completed or put right."""

from typing import Any

from marshmallow import fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Instant, Note
from lims.api.frame import Blueprint, json_answer
from lims.api.remarks import WarningOut, warnings_of
from lims.api.schema import Schema
from lims.http_context import allow, transaction
from lims.specimens.milestones import record_times
from lims.specimens.vocabulary import RecordTimes

times = Blueprint("times", "When a collection was received, processed, frozen.")


class TimesIn(Schema):
    """When a collection passed its milestones. What is left out stays as it is; changing a known time needs a reason."""

    collected_at = Instant(load_default=None, allow_none=True)
    received_at = Instant(load_default=None, allow_none=True)
    processed_at = Instant(load_default=None, allow_none=True)
    frozen_at = Instant(load_default=None, allow_none=True)
    reason = Note(load_default=None, allow_none=True)


class TimesOut(Schema):
    """What follows from the times now."""

    id = fields.Integer(required=True)
    warnings = fields.List(fields.Nested(WarningOut), required=True)


@times.post("/collections/<int:collection_id>/times")
@times.arguments(TimesIn)
@times.response(201, TimesOut)
@allow(Action.REGISTER)
def complete(body: dict[str, Any], collection_id: int) -> Any:
    """Say when a collection was received, processed, frozen; or put a time right. Flags follow at once."""
    with transaction() as (session, actor):
        remarks = record_times(session, RecordTimes(collection_id=collection_id, **body), actor=actor, at=clock.now())
        return json_answer({"id": collection_id, "warnings": warnings_of(remarks)}, 201)
