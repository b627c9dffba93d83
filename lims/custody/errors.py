"""What may go wrong with an act before it is written down."""

from datetime import datetime

from lims.errors import InvalidInput, NotFound, RuleViolation


class InTheFuture(InvalidInput):
    """An act that has not happened yet."""

    code = "custody.in-the-future"

    def __init__(self, occurred_at: datetime) -> None:
        super().__init__(f"{occurred_at:%Y-%m-%d %H:%M} has not come yet. Give the time it happened, or set the device's clock.")
        self.occurred_at = occurred_at


class UnknownEvent(NotFound):
    """No event has that number, or it happened to another thing."""

    code = "custody.unknown-event"

    def __init__(self, event_id: int) -> None:
        super().__init__(f"Event {event_id} is not in this history. Look it up on the specimen's page.")
        self.event_id = event_id


class AlreadyCorrected(RuleViolation):
    """A later event corrects that one already."""

    code = "custody.already-corrected"

    def __init__(self, event_id: int) -> None:
        super().__init__(f"Event {event_id} is corrected already. Correct the correction instead.")
        self.event_id = event_id


class ReasonMissing(InvalidInput):
    """An act that nobody may do without saying why."""

    code = "custody.reason-missing"

    def __init__(self, act: str) -> None:
        super().__init__(f"Say why: {act} needs a reason.")
        self.act = act
