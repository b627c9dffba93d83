"""Refusals as problem+json (RFC 9457): the one place where an error of the house gets its HTTP status."""

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, g, request
from marshmallow import EXCLUDE, fields
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from lims.accounts.errors import LinkNotValid, NotSignedIn, OperationReused, SignInRefused, TooManyTries
from lims.api.errors import MalformedJson, NotJson
from lims.api.pointers import Place, placed, places
from lims.api.schema import Schema
from lims.db import DatabaseBusy
from lims.errors import Conflict, InvalidInput, LimsError, NotFound, NotPermitted, OutcomeUnknown, RuleViolation
from lims.http_context import request_id
from lims.ids import MisreadCode
from lims.migrate import MigrationsMissing
from lims.specimens.amounts import as_json
from lims.specimens.errors import NotEnough

log = logging.getLogger("lims.http")

STATUS: dict[type[LimsError], int] = {
    NotFound: 404,
    MisreadCode: 404,
    Conflict: 409,
    OperationReused: 422,
    OutcomeUnknown: 503,
    DatabaseBusy: 503,
    MigrationsMissing: 503,
    RuleViolation: 422,
    InvalidInput: 422,
    MalformedJson: 400,
    NotJson: 415,
    NotPermitted: 403,
    NotSignedIn: 401,
    SignInRefused: 401,
    LinkNotValid: 404,
    TooManyTries: 429,
}
"""By class; a class that is not here has the status of the nearest one it is made from."""

HTTP_CODES = {
    400: ("http.bad-request", "The request cannot be read."),
    404: ("http.no-such-address", "Nothing is at this address."),
    405: ("http.method-not-allowed", "This address does not take that method."),
    408: ("http.timeout", "The request did not arrive in time."),
    411: ("http.length-required", "Say how long the body is."),
    413: ("http.too-large", "The body is too large. Send it in parts."),
    414: ("http.address-too-long", "The address is too long."),
    415: ("http.media-type", "The body is of a kind that is not taken here."),
    416: ("http.range", "There is no such part."),
    417: ("http.expectation", "That expectation cannot be met. Send the request without Expect."),
    431: ("http.headers-too-large", "The headers are too large."),
    501: ("http.transfer-coding", "The body is encoded in a way that is not taken here."),
}
"""Refusals of the protocol itself, before any room is asked."""

UNAVAILABLE = (503, "database.unavailable", "The database cannot be reached just now. Nothing was kept; send it again.")
INTERNAL = (500, "internal", "Something went wrong here, and nothing was kept. Tell whoever runs the service: request {}.")


class FindingOut(Schema):
    """One thing wrong with what was given."""

    class Meta:
        unknown = EXCLUDE

    pointer = fields.String(required=True, metadata={"description": "JSON pointer into the body, or the name of a parameter"})
    detail = fields.String(required=True)


class Problem(Schema):
    """A refusal (RFC 9457)."""

    class Meta:
        unknown = EXCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "For programs: stable, one of docs/problems.md"})
    detail = fields.String(required=True, metadata={"description": "For people: what is so, then what to do"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FindingOut))


def problem_response(error: Exception) -> Response:
    """The answer to a request that failed by ``error``; what was not foreseen is logged and told without its words."""
    if isinstance(error, LimsError):
        status = status_of(error)
        return _respond(status, problem_of(error, _sent()), _headers(error, status))
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        code, sentence = HTTP_CODES.get(error.code, ("http.refused", "The request is refused."))
        headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "Content-Range"}}
        return _respond(error.code, problem(error.code, code, sentence), headers)
    if isinstance(error, OperationalError):
        log.exception("database unavailable: request %s", request_id(), exc_info=error)
        return _respond(503, problem(*UNAVAILABLE), {"Retry-After": "5"})
    log.exception("internal error: request %s, %s %r", request_id(), request.method, request.path, exc_info=error)
    status, code, sentence = INTERNAL
    return _respond(status, problem(status, code, sentence.format(request_id())), {})


def problem_of(error: LimsError, sent: Sequence[Place] = ()) -> dict[str, Any]:
    """An error of the house as a problem, its facts beside it, pointing into what was sent."""
    facts: dict[str, Any] = {
        name: value for name, value in vars(error).items() if isinstance(value, (str, int)) and name not in {"sentence", "code"}
    }
    if isinstance(error, NotEnough):  # inside, amounts are in base units
        facts |= {"has": as_json(error.has, error.unit), "needs": as_json(error.needs, error.unit)}
    said = facts | problem(status_of(error), error.code, error.sentence)
    if findings := placed(error, sent):
        said["errors"] = [{"pointer": finding.where, "detail": finding.sentence} for finding in findings]
    return said


def _sent() -> list[Place]:
    """All that this request says: its body as far as it could be read, its parameters, what stands in its address."""
    return [*places(g.get("body")), *places(request.args.to_dict()), *places(request.view_args or {})]


def problem(status: int, code: str, sentence: str) -> dict[str, Any]:
    """The members every problem has."""
    title = HTTPStatus(status).phrase
    return {
        "type": f"urn:lims:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": sentence,
        "request_id": request_id(),
    }


def status_of(error: LimsError) -> int:
    """The HTTP status of an error of the house."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 422)


def _headers(error: LimsError, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="lims"'}
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": "1"} if status == 503 else {}


def _respond(status: int, said: dict[str, Any], headers: dict[str, str]) -> Response:
    text = json.dumps(said, ensure_ascii=True)
    return Response(text, status=status, headers=headers, content_type="application/problem+json")
