"""Which HTTP status a refusal has at this door."""

from lims.accounts.errors import NotSignedIn, SignInRefused, TooManyTries
from lims.db import DatabaseBusy
from lims.errors import Conflict, InvalidInput, LimsError, NotFound, NotPermitted, RuleViolation
from lims.ids import MisreadCode

_STATUSES: tuple[tuple[type[LimsError], int], ...] = (
    (TooManyTries, 429),
    (NotSignedIn, 401),
    (SignInRefused, 401),
    (DatabaseBusy, 503),
    (NotFound, 404),
    (MisreadCode, 404),
    (Conflict, 409),
    (RuleViolation, 422),
    (InvalidInput, 400),
    (NotPermitted, 403),
)


def status_of(error: LimsError) -> int:
    """The status of the first kind that fits."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
