"""Where a scan leads: to the page of what was scanned, or to what was read and why nothing has that code."""

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.errors import LimsError
from lims.http_context import actor, allow, read
from lims.ids import MalformedCode, in_fours, normalise_code
from lims.scanning.commands import Command, find_command
from lims.scanning.errors import UnknownScan
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import (
    Scan,
    ScannedBadge,
    ScannedBatch,
    ScannedContainer,
    ScannedHole,
    ScannedKit,
    ScannedKitTube,
    ScannedManifest,
    ScannedParticipant,
    ScannedPickList,
    ScannedTube,
)
from lims.web.frame import go, page, tell, web
from lims.web.messages import _
from lims.web.problem_words import remark_text, sentence_of
from lims.web.statuses import status_of


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
    if (command := _command_in(given)) is not None:
        return go(f"/bench?do={command}")
    try:
        with read() as (session, _actor):
            found = resolve_scan(session, given, actor=actor())
    except LimsError as error:
        misread = Misread(in_fours(given.strip()[:80]), sentence_of(error), isinstance(error, UnknownScan))
        return page("scan.html", status_of(error), misread=misread)
    for warning in found.warnings if not isinstance(found.subject, ScannedKitTube) else ():  # its page knows what was read, and says it
        tell("warn", _("This label counts no more"), remark_text(warning))
    return go(address_of(found))


def _command_in(given: str) -> Command | None:
    """The command of a card, which leads to the bench from wherever it was scanned."""
    try:
        return find_command(normalise_code(given))
    except MalformedCode:
        return None


def address_of(found: Scan) -> str:
    """The page of what was scanned."""
    match subject := found.subject:
        case ScannedTube():
            return f"/specimens/{subject.barcode}"
        case ScannedContainer():
            return f"/containers/{subject.barcode}"
        case ScannedHole():
            return f"/containers/{subject.barcode}?hole={subject.position}"
        case ScannedBadge():
            return f"/badges/{found.code}"
        case ScannedKit():
            return f"/kits/{subject.barcode}"
        case ScannedKitTube():
            return f"/kits/{subject.kit}?tube={found.code}"
        case ScannedParticipant():
            return f"/participants/{subject.code}"
        case ScannedBatch():
            return f"/batches/{subject.code}"
        case ScannedPickList():
            return f"/pick-lists/{subject.code}"
        case ScannedManifest():
            return f"/manifests/{subject.number}"
