"""The frame every endpoint stands in: how its body is read, who sends it, and that it is done exactly once."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

import flask_smorest
import marshmallow
from flask import Response, current_app, g, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from lims import clock
from lims.accounts.errors import NotSignedIn
from lims.accounts.operations import Answer, check_key, check_same, find_answers, fingerprint, keep_answer
from lims.accounts.queries import actor_of_token
from lims.accounts.vocabulary import Actor
from lims.api.errors import InvalidRequest, NotJson
from lims.api.schema import Schema
from lims.api.strict_json import pointer, read_json
from lims.db import DatabaseBusy
from lims.errors import Finding, LimsError, OutcomeUnknown
from lims.http_context import actor, database, held_until_answered, reading

LARGEST_BODY = 1024 * 1024
_READING = {"GET", "HEAD", "OPTIONS"}
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
View = Callable[..., Any]
Decorator = Callable[[View], View]


def authenticate() -> Actor:
    """Who sent the token; on the way, the answer kept for the operation id is looked up. Cookies are not looked at.

    :raises NotSignedIn: no token, or none that is valid.
    """
    request.max_content_length = LARGEST_BODY
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Send a token: Authorization: Bearer lims_….")
    with reading() as session:
        in_use = actor_of_token(session, token.strip(), at=clock.now(), operation_key=request.headers.get("Idempotency-Key"))
    g.kept_answer = in_use.answer
    return in_use.actor


class StrictParser(FlaskParser):
    """Reads a body as strict JSON, refuses what a schema does not know wherever it stands, and says so as findings."""

    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, marshmallow.RAISE)
    _without_parameters: ClassVar[dict[Schema, dict[str, Any]]] = {}

    def parse(self, argmap: Any, req: Any = None, *, location: str | None = None, **options: Any) -> Any:
        """As webargs does; an address without parameters gives what the schema says then, worked out once."""
        if location != "query" or request.query_string:
            return super().parse(argmap, req, location=location, **options)
        if argmap not in self._without_parameters:
            self._without_parameters[argmap] = super().parse(argmap, req, location=location, **options)
        return dict(self._without_parameters[argmap])

    def load_json(self, req: Any, schema: marshmallow.Schema) -> Any:
        """The body; no body at all is the empty object."""
        return json_body()

    def handle_error(
        self, error: marshmallow.ValidationError, req: Any, schema: marshmallow.Schema, *, error_status_code: Any, error_headers: Any
    ) -> Any:
        """:raises InvalidRequest: always."""
        raise InvalidRequest(findings_of(cast("dict[str, Any]", error.messages))) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    """The endpoints of one room. What is not a read is done exactly once."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix="/api/v1", description=description)
        self._prepare_doc_cbks.append(_describe)

    def get(self, rule: str, **options: Any) -> Decorator:
        """An endpoint that reads."""
        return cast(Decorator, super().get(rule, **options))

    def post(self, rule: str, **options: Any) -> Decorator:
        """An endpoint that does something."""
        return cast(Decorator, super().post(rule, **options))

    def arguments(self, schema: type[Schema], **options: Any) -> Decorator:
        """What an endpoint takes, as the first argument of its view. A body in which nothing is demanded may be left out."""
        takes = schema()
        options.setdefault("required", any(each.required for each in takes.fields.values()))
        return cast(Decorator, super().arguments(takes, **options))

    def response(self, status_code: int, schema: type[Schema] | dict[str, Any] | None = None, **options: Any) -> Decorator:
        """What an endpoint answers."""
        return cast(Decorator, super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, **said: Any) -> Decorator:
        """What it answers in other forms."""
        return cast(Decorator, super().alt_response(status_code, **said))

    def doc(self, **said: Any) -> Decorator:
        """What cannot be told from the rest."""
        return cast(Decorator, super().doc(**said))

    def add_url_rule(self, rule: str, endpoint: str | None = None, view_func: View | None = None, *args: Any, **options: Any) -> None:
        """As flask-smorest does, under the roof of :func:`exactly_once` where the method writes."""
        writes = set(options.get("methods", ("GET",))) - _READING
        if view_func is not None:
            view_func = takes_no_other(view_func)
            view_func = exactly_once(view_func) if writes and not is_told_once(view_func) else view_func
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def told_once(view: View) -> View:
    """Mark a view whose answer holds a secret: it is kept nowhere, so it cannot be given again, and takes no operation id."""
    view._apidoc = {**getattr(view, "_apidoc", {}), "told_once": True}  # type: ignore[attr-defined]  # flask-smorest's own notes on a view
    return view


def is_told_once(view: View) -> bool:
    """Whether a view was marked by :func:`told_once`."""
    return "told_once" in getattr(view, "_apidoc", {})


def takes_no_other(view: View) -> View:
    """Refuse parameters in the address that this endpoint does not know, or that are given twice: a filter that does nothing misleads."""
    notes = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
    known = [name for part in notes if part["in"] == "query" for name in part["schema"].fields]

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        wrong = {name: _why_not(name, known) for name, said in request.args.lists() if name not in known or len(said) > 1}
        if wrong:
            raise InvalidRequest(tuple(Finding(pointer(name[:64]), sentence) for name, sentence in wrong.items()))
        return view(*args, **kwargs)

    return run


def _why_not(name: str, known: Sequence[str]) -> str:
    if name in known:
        return "It is given twice. Give it once."
    return f"There is no such parameter. This address takes {', '.join(known) or 'none'}."


def exactly_once(view: View) -> View:
    """With an ``Idempotency-Key``, the answer is kept with the act, and given again to whoever asks again."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        check_key(key)
        asked = fingerprint(request.method, request.full_path, request.get_data())
        if (kept := g.pop("kept_answer", None)) is not None:
            return _again(check_same(kept, asked, key))
        try:
            return _answer_and_keep(view, args, kwargs, key, asked)
        except (DatabaseBusy, OutcomeUnknown):
            raise
        except LimsError:
            twin = _find_twin(key)
            if twin is None:
                raise
            return _again(check_same(twin, asked, key))

    return run


def json_body() -> Any:
    """The body as strict JSON; no body at all is the empty object.

    :raises NotJson: it is of another kind.
    """
    body = _body()
    if not body:
        return {}
    if not request.is_json:
        raise NotJson
    g.body = read_json(body)
    return g.body


def json_answer(value: Any, status: int = 200) -> Response:
    """An answer that is plain already: lists go out as they are, for a schema would take half of their time."""
    return Response(_ENCODE(value), status=status, content_type="application/json")


def findings_of(messages: dict[str, Any]) -> tuple[Finding, ...]:
    """What marshmallow found, each with its JSON pointer; the outermost names are the places a value came from."""
    return tuple(Finding(pointer(*path), sentence) for inner in messages.values() for path, sentence in _leaves(inner, ()))


def _leaves(messages: Any, path: tuple[object, ...]) -> list[tuple[tuple[object, ...], str]]:
    if isinstance(messages, dict):
        return [leaf for name, inner in messages.items() for leaf in _leaves(inner, path if name == "_schema" else (*path, name))]
    if isinstance(messages, list):
        return [leaf for inner in messages for leaf in _leaves(inner, path)]
    return [(path, str(messages))]


def _body() -> bytes:
    if request.content_length is not None and request.content_length > LARGEST_BODY:
        raise RequestEntityTooLarge
    return request.get_data(cache=True)


def _answer_and_keep(view: View, args: Any, kwargs: Any, key: str, asked: str) -> Response:
    with held_until_answered() as held_session:
        answer = current_app.make_response(view(*args, **kwargs))
        session = held_session()
        if session is not None and answer.status_code < 300:
            kept = Answer(asked, answer.status_code, answer.get_data(as_text=True))
            keep_answer(session, actor().id, key, kept, at=clock.now())
    return answer


def _find_twin(key: str) -> Answer | None:
    with database().read() as session:
        return find_answers(session, actor().id, [key]).get(key)


def _again(answer: Answer) -> Response:
    return Response(answer.text, status=answer.status, content_type="application/json", headers={"Idempotency-Replayed": "true"})


def _describe(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Add to an operation's description what every operation has: its refusals, and its operation id where it writes."""
    doc.setdefault("responses", {})["default"] = "DEFAULT_ERROR"
    if method.upper() not in _READING and not doc_info.get("told_once"):
        doc.setdefault("parameters", []).append("IDEMPOTENCY_KEY")
    return doc
