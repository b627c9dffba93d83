"""Forms that act: each is one act however often it is sent, and a refusal shows the page again with what was typed."""

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.errors import AlreadyAnswered
from lims.accounts.operations import Answer, check_key, check_same, find_answers, fingerprint, keep_answer
from lims.db import DatabaseBusy
from lims.errors import InvalidInput, LimsError, NotPermitted
from lims.http_context import actor, database, held_until_answered
from lims.web.codes_taken import tell_void_labels
from lims.web.frame import go, new_operation, notes, tell
from lims.web.problem_words import say, sentence_of
from lims.web.statuses import status_of

View = Callable[..., ResponseReturnValue]
_NEVER_KEPT = {"csrf", "op"}


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: what stands in its fields, and what was wrong with it when it was last sent."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str | None = None
    key: str = ""
    """What the ids of its fields begin with, so that several forms on a page do not share one."""

    @property
    def refused(self) -> bool:
        """Whether it was sent and not taken."""
        return self.sentence is not None


class _NotTaken(Exception):
    """Leave the held transaction without keeping anything."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def act(shown_on: View) -> Callable[[View], View]:
    """A view that takes a form and leads on. Refused, it shows ``shown_on`` again with the form as it was typed."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def take(**where: Any) -> ResponseReturnValue:
            key = check_key(request.form.get("op") or new_operation())
            asked = fingerprint("POST", request.path, _content())
            if (again := _answered(key, asked)) is not None:
                return again
            try:
                return _once(view, where, key, asked)
            except AlreadyAnswered:
                return _answered(key, asked) or go(request.path)
            except (NotPermitted, DatabaseBusy):
                raise
            except LimsError as error:
                return _shown_again(shown_on, where, error)

        return take

    return declare


def form_of(endpoint: str, **defaults: str) -> Form:
    """The form that ``endpoint`` takes: as it was just sent and refused, or fresh with these values."""
    refused: tuple[str, Form] | None = g.get("refused_form")
    return refused[1] if refused and refused[0] == endpoint else Form(defaults, key=_key(endpoint))


def _key(endpoint: str) -> str:
    return endpoint.rpartition(".")[2].replace("_", "-") + "-"


def refused_form() -> Form | None:
    """The form this page shows again because it was not taken."""
    refused: tuple[str, Form] | None = g.get("refused_form")
    return refused[1] if refused else None


def _once(view: View, where: Mapping[str, Any], key: str, asked: str) -> ResponseReturnValue:
    try:
        return _kept(view, where, key, asked)
    except _NotTaken as refused:
        return refused.answer


def _kept(view: View, where: Mapping[str, Any], key: str, asked: str) -> Response:
    with held_until_answered() as session_of_view:
        answer = make_response(view(**where))
        if answer.status_code >= 400:
            raise _NotTaken(answer)
        session = session_of_view()
        if session is not None:
            tell_void_labels(session)
            if answer.location:
                _keep(session, key, asked, answer)
        return answer


def _keep(session: Session, key: str, asked: str, answer: Response) -> None:
    left = notes()
    for note in left:
        tell(**note)  # type: ignore[arg-type]  # reading the notes took them; they were made by tell()
    kept = json.dumps({"location": answer.location, "notes": left})
    keep_answer(session, actor().id, key, Answer(asked, answer.status_code, kept), at=clock.now())


def _answered(key: str, asked: str) -> ResponseReturnValue | None:
    with database().read() as session:
        answer = find_answers(session, actor().id, [key]).get(key)
    if answer is None:
        return None
    kept = json.loads(check_same(answer, asked, key).text)
    for note in kept["notes"]:
        tell(**note)
    return go(kept["location"])


def _content() -> bytes:
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _NEVER_KEPT)
    files = sorted((name, file.filename) for name, file in request.files.items())
    return json.dumps([fields, files]).encode()


def _shown_again(shown_on: View, where: Mapping[str, Any], error: LimsError) -> Response:
    errors = {}
    if isinstance(error, InvalidInput):
        errors = {finding.where.strip("/"): say(finding.sentence) for finding in error.findings}
    typed = {name: value for name, value in request.form.items() if name not in _NEVER_KEPT}
    g.refused_form = (request.endpoint, Form(typed, errors, sentence_of(error), _key(request.endpoint or "")))
    wanted = inspect.signature(shown_on).parameters
    answer = make_response(shown_on(**{name: value for name, value in where.items() if name in wanted}))
    answer.status_code = status_of(error)
    return answer
