"""A file taken in beside the request that brought it: a thread works, another says twice a second how far it is.

The word on how far it is goes into a row of its own, in small transactions of its own: the import's are not seen by others until they
are committed, and on SQLite the two take turns, between two of its hundreds of rows. What was loaded when the service dies stays
loaded, and its silence says that nobody works on it any more.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Actor
from lims.db import Database, DatabaseBusy, take_ids
from lims.errors import LimsError
from lims.imports.errors import ImportStumbled
from lims.imports.findings import error_json, facts_json
from lims.imports.models import ImportProgress
from lims.imports.report import report_csv
from lims.imports.service import Tally, import_file
from lims.imports.vocabulary import ImportFile, ImportReport

log = logging.getLogger("lims.imports")

SAID_EVERY_S = 0.5
KEPT_FOR = timedelta(days=7)
_TRIES = 5


@dataclass(slots=True)
class Import:
    """One file at work. ``error`` is why it was refused as a whole."""

    id: int
    database: Database
    file: ImportFile
    actor: Actor
    at: datetime
    error: LimsError | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("rows", "loaded", "refused", "already"), 0))
    worked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def note(self, tally: Tally) -> None:
        """How far it is: the whole answer in one assignment, for whoever reads it meanwhile."""
        self.counts = {"rows": tally.rows, "loaded": tally.loaded, "refused": tally.refused, "already": tally.already}

    def has_ended_within(self, seconds: float) -> bool:
        """Whether it ended before so long."""
        return self.ended.wait(seconds)


def start_import(database: Database, file: ImportFile, *, actor: Actor, at: datetime) -> Import:
    """Begin to take a file in, and come back at once. Its number is that of the run it becomes."""
    with database.transaction() as session:
        _forget_old(session, at)
        begun = Import(take_ids(session)[0], database, file, actor, at)
        row = {"id": begun.id, "kind": file.kind, "file_name": file.name, "dry_run": file.dry_run, "actor_id": actor.id}
        row |= {"started_at": at, "seen_at": clock.now(), "problem": "", "report": "", "findings": ""}
        session.execute(insert(ImportProgress).values(row | begun.counts))
    for work in (_take_in, _say_how_far):
        threading.Thread(target=work, args=(begun,), name=f"import {begun.id}", daemon=True).start()
    return begun


def _forget_old(session: Session, at: datetime) -> None:
    session.execute(delete(ImportProgress).where(ImportProgress.seen_at < at - KEPT_FOR))


def _take_in(work: Import) -> None:
    kept = {"problem": "", "report": "", "findings": ""}
    try:
        report = import_file(work.database, work.file, actor=work.actor, at=work.at, report=work.note, run_id=work.id)
        kept |= _what_was_tried(report) if report.dry_run else {}
    except LimsError as error:
        work.error = error
    except Exception:
        log.exception("import %s failed", work.id)
        work.error = ImportStumbled(work.id)
    if work.error is not None:
        kept["problem"] = error_json(work.error)
    work.worked.set()
    try:
        _write(work, {"ended_at": clock.now(), **kept})
    finally:
        work.ended.set()


def _what_was_tried(report: ImportReport) -> dict[str, str]:
    return {"report": report_csv(report.findings), "findings": facts_json(report.findings)}


def _say_how_far(work: Import) -> None:
    while not work.worked.wait(SAID_EVERY_S):
        try:
            _write_once(work, {})
        except Exception:
            log.exception("how far import %s is could not be written", work.id)


def _write(work: Import, more: dict[str, object]) -> None:
    for attempt in range(1, _TRIES):
        try:
            return _write_once(work, more)
        except DatabaseBusy:
            time.sleep(attempt)
    return _write_once(work, more)


def _write_once(work: Import, more: dict[str, object]) -> None:
    """The row goes forward only: a word on how far it is that comes late does not undo the end."""
    with work.database.transaction() as session:
        still_at_work = update(ImportProgress).where(ImportProgress.id == work.id, ImportProgress.ended_at.is_(None))
        session.execute(still_at_work.values({"seen_at": clock.now(), **work.counts, **more}))
