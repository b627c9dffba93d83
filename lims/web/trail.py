"""The trail: who did what, when, to which thing; by person, day and type, on the page or as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.queries import list_users
from lims.accounts.vocabulary import Action
from lims.custody.queries import TrailEntry, TrailFilter, list_trail, stream_trail
from lims.custody.vocabulary import EventType, SubjectKind
from lims.http_context import allow, database, read
from lims.storage.devices import names_of_devices
from lims.web.fields import Fields
from lims.web.frame import page, web
from lims.web.happenings import Happening, Subject, happening, subjects_of
from lims.web.spreadsheets import as_text_cell
from lims.web.wording import today, zone

PAGE_LENGTH = 60
_COLUMNS = (
    "event",
    "recorded_at",
    "occurred_at",
    "actor",
    "kind",
    "subject_id",
    "type",
    "facts",
    "reason",
    "corrects",
    "hash",
    "previous_hash",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the trail is asked for, as the address says it."""

    actor: str | None
    since: date | None
    until: date | None
    type: EventType | None
    kind: SubjectKind | None

    def filter(self) -> TrailFilter:
        """The same for the ledger; days are days of the study's zone, the last one included."""
        return TrailFilter(
            actor=self.actor,
            since=_begin(self.since) if self.since else None,
            until=_begin(self.until + timedelta(days=1)) if self.until else None,
            type=self.type,
            kind=self.kind,
        )

    def address(self) -> dict[str, Any]:
        """The same as the address says it."""
        asked = {"actor": self.actor, "since": self.since, "until": self.until, "type": self.type, "kind": self.kind}
        return {name: str(value) for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Row:
    """One act of the trail on the page."""

    kind: SubjectKind
    subject: Subject
    did: Happening
    device: str
    """By which device, as people know it, where the act said it."""


@web.get("/trail")
@allow(Action.READ_TRAIL)
def trail() -> ResponseReturnValue:
    """The newest acts first, a page at a time."""
    asked, before = _asked(), request.args.get("before", type=int)
    with read() as (session, _):
        entries = list_trail(session, asked.filter(), before_id=before, limit=PAGE_LENGTH + 1)
        people = [user.username for user in list_users(session)]
        rows = rows_of(session, entries[:PAGE_LENGTH])
    older = url_for("web.trail", **asked.address(), before=rows[-1].did.event.id) if len(entries) > PAGE_LENGTH else None
    words: dict[str, Any] = {"types": list(EventType), "kinds": list(SubjectKind)}
    return page("trail.html", asked=asked, rows=rows, people=people, older=older, newest=before is None, **words)


@web.get("/trail.csv")
@allow(Action.READ_TRAIL)
def trail_csv() -> ResponseReturnValue:
    """All of it that is asked for, oldest first."""
    answer = Response(stream_with_context(_csv(_asked().filter())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="trail-{today().isoformat()}.csv"'
    return answer


def rows_of(session: Session, entries: list[TrailEntry]) -> list[Row]:
    """Acts as a page shows them."""
    subjects = subjects_of(session, [(entry.kind, entry.event) for entry in entries])
    devices = names_of_devices(session, {entry.event.device for entry in entries if entry.event.device})
    return [Row(each.kind, subjects[each.event.subject_id], happening(each.event), _device(each, devices)) for each in entries]


def _asked() -> Asked:
    fields = Fields(request.args)
    actor = fields.optional_text("actor", longest=64)
    since, until = fields.optional_day("since"), fields.optional_day("until")
    type_, kind = fields.optional_one_of("type", list(EventType)), fields.optional_one_of("kind", list(SubjectKind))
    fields.check()
    return Asked(actor, since, until, EventType(type_) if type_ else None, SubjectKind(kind) if kind else None)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, zone()).astimezone(UTC)


def _device(entry: TrailEntry, names: Mapping[str, str]) -> str:
    device = entry.event.device or ""
    return names.get(device, device)


def _csv(wanted: TrailFilter) -> Iterator[str]:
    yield "\ufeff" + _line(_COLUMNS)
    with database().snapshot() as session:
        for entry in stream_trail(session, wanted):
            event = entry.event
            facts = json.dumps(dict(event.facts), ensure_ascii=False, sort_keys=True)
            times = clock.iso(event.recorded_at), clock.iso(event.occurred_at)
            what = event.actor, entry.kind, event.subject_id, event.type, facts, event.reason or "", event.corrects or ""
            yield _line((event.id, *times, *what, event.hash, event.previous_hash))


def _line(cells: Iterable[object]) -> str:
    """One row; a cell that a spreadsheet would take for a formula is made text."""
    line = io.StringIO()
    csv.writer(line).writerow([as_text_cell(str(cell)) for cell in cells])
    return line.getvalue()
