"""Where a scan leads: to the page of what was scanned, or to what was read and why nothing has that code."""

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action
from lims.batches.queries import find_batch
from lims.custody.vocabulary import SubjectKind
from lims.errors import LimsError, NotFound
from lims.http_context import actor, allow, read
from lims.ids import in_fours, normalise_code
from lims.labels.queries import find_binding, unknown_code
from lims.sequencing.errors import UnknownManifest
from lims.sequencing.queries import get_manifest
from lims.studies.queries import find_participant
from lims.web.frame import go, page, web
from lims.web.problem_words import sentence_of
from lims.web.statuses import status_of

_PAGES = {SubjectKind.SPECIMEN: "/specimens/{}", SubjectKind.CONTAINER: "/containers/{}"}


@dataclass(frozen=True, slots=True)
class Misread:
    """A code that leads nowhere: what was read, and what to do."""

    read: str
    sentence: str
    unknown: bool


@web.get("/scan")
@allow(Action.READ)
def scan() -> ResponseReturnValue:
    """Lead on to what the code names."""
    given = request.args.get("code", "")
    try:
        with read() as (session, _actor):
            return go(_address(session, normalise_code(given)))
    except LimsError as error:
        misread = Misread(in_fours(given.strip()[:80]), sentence_of(error), isinstance(error, NotFound))
        return page("scan.html", status_of(error), misread=misread)


def _address(session: Session, code: str) -> str:
    """
    :raises UnknownCode: nothing has it.
    :raises WrongCheckCharacter: it is one of ours with a wrong character.
    """
    binding = find_binding(session, code)
    if binding is not None and binding.kind in _PAGES:
        return _PAGES[binding.kind].format(binding.code)
    if actor().may(Action.READ_PARTICIPANTS) and (participant := _participant(session, code)):
        return f"/participants/{participant}"
    if (batch := find_batch(session, code)) is not None:
        return f"/batches/{batch.code}"
    if binding is None and actor().may(Action.PULL_MANIFEST) and _is_manifest(session, code):
        return f"/manifests/{code}"
    raise unknown_code(code)


def _is_manifest(session: Session, code: str) -> bool:
    try:
        return bool(get_manifest(session, code))
    except UnknownManifest:
        return False


def _participant(session: Session, code: str) -> str | None:
    try:
        found = find_participant(session, code)
    except LimsError:
        return None
    return found.code if found else None
