"""Audits: a box as it is counted, hole by hole on its map, with what is to be sorted out beside it as orders."""

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.audits.queries import get_audit, list_audits, view_audit
from lims.audits.vocabulary import AuditLine, AuditState, AuditView
from lims.http_context import allow, read
from lims.ids import in_fours
from lims.storage.audit_ages import audit_age_days
from lims.storage.queries import containers_by_id
from lims.storage.records import ContainerRecord, Hole
from lims.storage.vocabulary import Found, Position
from lims.storage.ways import container_path
from lims.web.frame import page, web
from lims.web.messages import _, later, plural

PAGE_LENGTH = 50
_SHOWN_AS = {Found.HERE: "here", Found.BACK: "here", Found.WRONG_PLACE: "wrong", Found.MISSING: "missing"}


@dataclass(frozen=True, slots=True)
class AuditedHole:
    """A hole of a counted box: ``here``, ``unseen``, ``wrong``, ``missing``, ``away`` or ``free``, and whose tube it is."""

    position: str
    state: str
    line: AuditLine | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Something to sort out: what it is, what to do, of which tube."""

    outcome: str
    what: str
    do: str
    line: AuditLine | None = None


@web.get("/audits")
@allow(Action.READ)
def audits() -> ResponseReturnValue:
    """The audits, the newest first."""
    before = request.args.get("before", type=int)
    with read() as (session, _actor):
        found = list_audits(session, before=before, limit=PAGE_LENGTH)
    going_on = sum(audit.state is AuditState.OPEN for audit in found)
    headline = plural("One audit is going on", "%(num)d audits are going on", going_on) if going_on else _("No audit is going on")
    return page("audits.html", audits=found, headline=headline, more=len(found) == PAGE_LENGTH)


@web.get("/audits/<code>")
@allow(Action.READ)
def audit(code: str) -> ResponseReturnValue:
    """An audit: the map, and what is to be sorted out."""
    with read() as (session, _actor):
        view = view_audit(session, get_audit(session, code))
        box = containers_by_id(session, [view.audit.container_id])[view.audit.container_id]
        way = container_path(session, box.id)
    rows = holes_of_audit(box, view)
    return page("audit.html", view=view, box=box, way=way, rows=rows, orders=orders_of(view), headline=_headline(view))


def holes_of_audit(box: ContainerRecord, view: AuditView) -> list[list[AuditedHole]]:
    """Every hole of a counted box, row by row; nothing where it has no grid, or where only a sample of it is counted."""
    grid = box.grid
    if grid is None or view.audit.kind == "sample":
        return []
    by_hole: dict[Position, AuditLine] = {}
    for line in view.lines:
        if line.lies is not None and line.lies.container_id == box.id and line.lies.position is not None:
            by_hole[line.lies.position] = line
    for line in view.lines:
        if line.lies is None and line.recorded is not None and line.recorded.container_id == box.id and line.recorded.position:
            by_hole.setdefault(line.recorded.position, line)
    shown = [_hole(box, position, by_hole.get(position)) for position in grid]
    return [shown[start : start + grid.columns] for start in range(0, len(shown), grid.columns)]


def orders_of(view: AuditView) -> list[Order]:
    """What a hand has to do, the strange first."""
    orders = [order for line in view.lines if (order := _order(line)) is not None]
    unknown = _("Nobody knows this code. Set the tube aside, and register it.")
    return [*orders, *(Order("stop", in_fours(code), unknown) for code in view.unknown)]


def audit_age(box: ContainerRecord) -> str:
    """How long ago a container was counted through."""
    days = audit_age_days(box.audited_at, clock.now())
    if days is None:
        return _("never audited")
    return plural("audited yesterday", "audited %(num)d days ago", days) if days else _("audited today")


def place_words(hole: Hole | None) -> str:
    """A hole as a page names it: ``B-0004 · A7``."""
    return "–" if hole is None else " · ".join(filter(None, (hole.container_name, hole.position_text)))


def found_word(found: str | None) -> str:
    """How a tube was found."""
    return _(_FOUND[Found(found)]) if found else _("to scan")


_FOUND = {
    Found.HERE: later("here"),
    Found.BACK: later("here, recorded as out"),
    Found.WRONG_PLACE: later("wrong place"),
    Found.MISPLACED: later("does not belong here"),
    Found.UNEXPECTED: later("should not be here"),
    Found.MISSING: later("missing"),
}


def _hole(box: ContainerRecord, position: Position, line: AuditLine | None) -> AuditedHole:
    name = box.position_text(position) or ""
    if line is None:
        return AuditedHole(name, "free")
    if line.found is None:
        return AuditedHole(name, "away" if line.is_out else "unseen", line)
    return AuditedHole(name, _SHOWN_AS.get(line.found, "free"), line)


def _order(line: AuditLine) -> Order | None:
    match line.found:
        case Found.WRONG_PLACE if line.lies is not None:
            belongs = _("Recorded in %(place)s.", place=place_words(line.recorded)) if line.recorded else _("Recorded in no hole.")
            put = _("Put it into %(hole)s.", hole=line.lies.position_text or line.lies.container_name)
            return Order("warn", _("Wrong place"), f"{put} {belongs}", line)
        case Found.MISPLACED:
            return Order("warn", _("Does not belong here"), _("Take it back to %(place)s.", place=place_words(line.recorded)), line)
        case Found.UNEXPECTED:
            return Order("stop", _("Should not be here"), _("Set it aside, and ask the coordinator."), line)
        case Found.MISSING:
            return Order("stop", _("Missing"), _("Look for it. It was last seen in %(place)s.", place=place_words(line.recorded)), line)
        case _:
            return None


def _headline(view: AuditView) -> str:
    strange = sum(view.counts[found] for found in Found if found not in {Found.HERE, Found.BACK}) + len(view.unknown)
    match view.audit.state:
        case AuditState.ABANDONED:
            return _("%(code)s was abandoned", code=view.audit.code)
        case AuditState.ACCEPTED if not strange:
            return _("Everything is as it is recorded")
        case AuditState.OPEN if not strange:
            return plural("One tube to scan", "%(num)d tubes to scan", view.to_scan) if view.to_scan else _("All scanned. Accept it.")
        case _:
            return plural("One tube needs a hand", "%(num)d tubes need a hand", strange)
