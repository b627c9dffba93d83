"""What the bench's scripts ask to be done beside acts on one tube: once, however often it is sent, and told again when asked again."""

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.errors import AlreadyAnswered
from lims.accounts.operations import Answer, check_key, check_same, find_answers, fingerprint, keep_answer
from lims.accounts.vocabulary import Actor
from lims.clock import in_utc
from lims.db import DatabaseBusy
from lims.errors import Finding, LimsError, NotPermitted, OutcomeUnknown
from lims.http_context import actor, database, held_until_answered
from lims.web.bench_compared import compared
from lims.web.bench_outcomes import refused
from lims.web.errors import FormIncomplete
from lims.web.statuses import status_of

View = Callable[..., ResponseReturnValue]
LONGEST = 255
_YEARS = range(1900, 2200)


def once(view: View) -> View:
    """A view whose body holds an ``op_id``: the first answer is kept with what was done; a refusal is an outcome, and is not kept."""

    @functools.wraps(view)
    def run(**where: Any) -> ResponseReturnValue:
        try:
            key = check_key(text("op_id"))
            asked = fingerprint("POST", request.path, request.get_data())
            if (again := _answered(key, asked)) is not None:
                return again
            try:
                return _kept(view, where, key, asked)
            except AlreadyAnswered:
                return _answered(key, asked) or refusal(OutcomeUnknown())
        except (NotPermitted, DatabaseBusy, OutcomeUnknown):
            raise
        except LimsError as error:
            return refusal(error)

    return run


def refusal(error: LimsError) -> tuple[Response, int]:
    """Why nothing was done."""
    return jsonify(outcome=refused(error).plain | compared(error), code=error.code), status_of(error)


def body() -> dict[str, Any]:
    """What was sent.

    :raises FormIncomplete: nothing that can be read.
    """
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise FormIncomplete((Finding("op_id", ""),))
    return given


def text(name: str) -> str:
    """A text of what was sent.

    :raises FormIncomplete: it is not there, or none.
    """
    found = optional_text(name)
    if found is None:
        raise FormIncomplete((Finding(name, ""),))
    return found


def optional_text(name: str) -> str | None:
    """A text of what was sent, or nothing."""
    found = body().get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not found or len(found) > LONGEST or not found.isprintable():
        raise FormIncomplete((Finding(name, ""),))
    return found


def whole(name: str, most: int) -> int:
    """A whole number from 1 of what was sent."""
    found = body().get(name)
    if type(found) is not int or not 1 <= found <= most:
        raise FormIncomplete((Finding(name, ""),))
    return found


def occurred_at() -> datetime:
    """When it was done, by the device that kept it; now, where nothing is said."""
    said = optional_text("occurred_at")
    return clock.now() if said is None else instant(said)


def instant(said: str) -> datetime:
    """A moment as a device says it.

    :raises FormIncomplete: it is none.
    """
    try:
        found = in_utc(datetime.fromisoformat(said))
    except (ValueError, OverflowError) as error:
        raise FormIncomplete((Finding("occurred_at", ""),)) from error
    if found.year not in _YEARS:
        raise FormIncomplete((Finding("occurred_at", ""),))
    return found


def with_device(who: Actor) -> Actor:
    """Who acts, and with which device, where that is said."""
    return replace(who, device=optional_text("device"))


def _kept(view: View, where: dict[str, Any], key: str, asked: str) -> Response:
    with held_until_answered() as session_of_view:
        answer = make_response(view(**where))
        session = session_of_view()
        if session is not None:
            keep_answer(session, actor().id, key, Answer(asked, answer.status_code, answer.get_data(as_text=True)), at=clock.now())
    return answer


def _answered(key: str, asked: str) -> Response | None:
    with database().read() as session:
        answer = find_answers(session, actor().id, [key]).get(key)
    if answer is None:
        return None
    return Response(check_same(answer, asked, key).text, content_type="application/json")
