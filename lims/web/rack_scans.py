"""A rack scanner's file of a box: what it shows against the record, tube by tube, before anybody accepts it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.racks.queries import difference_of, get_scan
from lims.racks.rules import seen_of
from lims.racks.service import accept_scan, drop_scan, offer_scan
from lims.racks.vocabulary import AcceptScan, Decision, Difference, Line, OfferScan, ScanState, Standing, Turn
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Position
from lims.web.acts import act
from lims.web.containers import container
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural
from lims.web.rack_words import headline_of

LEAVING = (Standing.GONE, Standing.UNSAID, Standing.OUT, Standing.LOST)
"""Lines of tubes that are not in their hole: what is in it now has a line of its own."""


@dataclass(frozen=True, slots=True)
class ScannedHole:
    """A hole of the map: what the scan says of it."""

    position: str
    line: Line | None


@dataclass(frozen=True, slots=True)
class ScannedRow:
    """One row of the box, by the letter or number it bears."""

    name: str
    holes: tuple[ScannedHole, ...]


@web.get("/rack-scans/<int:scan_id>")
@allow(Action.READ)
def rack_scan(scan_id: int) -> ResponseReturnValue:
    """The difference, and the decisions it needs; once it is closed, only what became of it."""
    with read() as (session, _actor):
        scan = get_scan(session, scan_id)
        if scan.state is not ScanState.WAITING:
            return page("rack_scan_ended.html", scan=scan)
        box, difference = difference_of(session, scan, _turn(request.values))
    return page(
        "rack_scan.html",
        scan=scan,
        box=box,
        difference=difference,
        headline=headline_of(difference),
        rows=_rows(box, difference),
        seen=json.dumps(seen_of(box, difference), separators=(",", ":")),
        changing=[line for line in difference.lines if line.standing not in {Standing.SAME, Standing.OUT, Standing.LOST}],
        gone=difference.of(Standing.GONE),
        unread=difference.of(Standing.UNREAD),
        unknown=difference.of(Standing.UNKNOWN),
        blocked=bool(difference.of(Standing.IMPOSSIBLE)) or any(not line.kept for line in difference.of(Standing.UNREAD)),
    )


@web.post("/containers/<code>/rack-scans")
@allow(Action.STORE)
@act(container)
def take_rack_scan(code: str) -> ResponseReturnValue:
    """Take a scanner's file of this box; nothing is changed before it is accepted."""
    fields, upload = Fields(request.form), request.files.get("file")
    if upload is None or not upload.filename:
        fields.refuse("file", _("Choose a file."))
    fields.check()
    assert upload is not None
    upload.stream.seek(0)  # the view is run again when the database was busy
    command = OfferScan(code, upload.filename or "", upload.stream.read())
    with transaction() as (session, actor):
        scan = offer_scan(session, command, actor=actor, at=clock.now())
    return go(f"/rack-scans/{scan.id}")


@web.post("/rack-scans/<int:scan_id>/accept")
@allow(Action.STORE)
@act(rack_scan)
def accept_rack_scan(scan_id: int) -> ResponseReturnValue:
    """Let the record follow what the scanner saw, all of it or nothing."""
    fields = Fields(request.form)
    command = AcceptScan(
        scan_id=scan_id,
        turn=_turn(request.form),
        seen=_seen(request.form.get("seen", "")),
        gone={name.removeprefix("gone-"): Decision(value) for name, value in request.form.items() if _decides(name, value)},
        kept=frozenset(name.removeprefix("keep-") for name in request.form if name.startswith("keep-")),
        leave_unknown=request.form.get("leave") == "yes",
        occurred_at=clock.now(),
        reason=fields.optional_text("reason"),
    )
    fields.check()
    with transaction() as (session, actor):
        events = accept_scan(session, command, actor=actor, at=clock.now())
        box = get_scan(session, scan_id).container
    changed = len({event.subject_id for event in events}) - 1
    told = plural("One tube changed.", "%(num)d tubes changed.", changed) if changed else _("Nothing had changed.")
    tell("done", _("The scan is accepted."), told)
    return go(f"/containers/{box}")


@web.post("/rack-scans/<int:scan_id>/drop")
@allow(Action.STORE)
@act(rack_scan)
def drop_rack_scan(scan_id: int) -> ResponseReturnValue:
    """Put it aside; nothing changes."""
    fields = Fields(request.form)
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        drop_scan(session, scan_id, reason=reason, actor=actor, at=clock.now())
        box = get_scan(session, scan_id).container
    tell("done", _("The scan is put aside."), _("Nothing was changed by it."))
    return go(f"/containers/{box}")


def _turn(given: Mapping[str, str]) -> Turn:
    return Turn(given["turn"]) if given.get("turn") in set(Turn) else Turn.NONE


def _seen(text: str) -> dict[str, str]:
    """What the form carries of what was shown; something else is as if nothing had been shown, and is refused as such."""
    try:
        said = json.loads(text[:100_000])
    except (ValueError, RecursionError):
        return {}
    return {str(hole)[:40]: str(mark)[:40] for hole, mark in said.items()} if isinstance(said, dict) else {}


def _decides(name: str, value: str) -> bool:
    return name.startswith("gone-") and value in set(Decision)


def _rows(box: ContainerRecord, difference: Difference) -> list[ScannedRow]:
    grid = box.grid
    if grid is None:
        return []
    lines: dict[Position, Line] = {}
    for line in difference.lines:
        if line.standing not in LEAVING or line.position not in lines:
            lines[line.position] = line
    rows = []
    for row in range(grid.rows):
        holes = [Position(row, column) for column in range(grid.columns)]
        shown = tuple(ScannedHole(box.position_text(hole) or "", lines.get(hole)) for hole in holes)
        rows.append(ScannedRow(shown[0].position.rstrip("0123456789") or shown[0].position, shown))
    return rows
