"""Lists page by page: a cursor says after which row the next page begins, so that pages stay fast and nothing is shown twice."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from marshmallow import fields, validate

from lims.api.errors import BadCursor
from lims.api.schema import Schema
from lims.api.strict_json import why_not_text

DEFAULT_LIMIT, MOST = 50, 200
_LONGEST_CURSOR = 400
_Row = TypeVar("_Row")


class PageIn(Schema):
    """What every list takes."""

    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MOST, error=f"A whole number from 1 to {MOST}."),
        metadata={"description": "How many at most"},
    )
    cursor = fields.String(load_default=None, metadata={"description": "The `next` of the page before"})


def cursor_keys(cursor: str | None, *kinds: type[str] | type[int]) -> tuple[Any, ...] | None:
    """What a cursor of these kinds of keys points at, or None at the start of the list.

    :raises BadCursor: it is none of this list's.
    """
    if cursor is None:
        return None
    if len(cursor) > _LONGEST_CURSOR:
        raise BadCursor
    try:
        keys = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadCursor from error
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise BadCursor
    for key in keys:
        if (isinstance(key, str) and why_not_text(key)) or (isinstance(key, int) and not -(2**63) <= key < 2**63):
            raise BadCursor
    return tuple(keys)


def new_cursor(*keys: str | int) -> str:
    """A cursor that points behind the row with these keys; stands in a URL as it is."""
    text = json.dumps(keys, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def page_of(
    rows: Sequence[_Row], limit: int, as_dict: Callable[[_Row], dict[str, Any]], keys: Callable[[_Row], tuple[str | int, ...]]
) -> dict[str, Any]:
    """A page from ``limit + 1`` rows: the one too many says that there is a next page, and is not shown."""
    shown = rows[:limit]
    following = new_cursor(*keys(shown[-1])) if len(rows) > limit and shown else None
    return {"items": [as_dict(row) for row in shown], "next": following}
