"""Taking a hospital's file in: tried first, then loaded, its report by line, column, value and reason."""

import csv
import io
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import actor, allow, database, read
from lims.imports.queries import get_run, list_runs
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind, ImportReport, Outcome, RowFinding
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural

SHOWN = 500
_LONGEST_NAME = 120


@web.get("/import")
@allow(Action.IMPORT)
def imports() -> ResponseReturnValue:
    """The form, and what was taken in before."""
    with read() as (session, _actor):
        runs = list_runs(session, limit=30)
    return page("imports.html", runs=runs, kinds=list(ImportKind))


@web.post("/import")
@allow(Action.IMPORT)
@act(imports)
def take_file() -> ResponseReturnValue:
    """Try a file, or load it. The same file twice changes nothing, so that this needs no other guard."""
    fields = Fields(request.form)
    kind, dry_run = fields.one_of("kind", list(ImportKind)), fields.one_of("how", {"try", "load"}) == "try"
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        fields.refuse("file", _("Choose a file."))
    fields.check()
    assert upload is not None
    name, content = (upload.filename or "")[-_LONGEST_NAME:], upload.stream.read()
    mapping = request.files.get("mapping")
    text = mapping.stream.read().decode("utf-8-sig", errors="replace") if mapping and mapping.filename else None
    file = ImportFile(kind=ImportKind(kind), name=name, content=content, mapping=text, dry_run=dry_run)
    report = import_file(database(), file, actor=actor(), at=clock.now())
    if report.run_id is None:
        return page("import_report.html", report=report, findings=report.findings[:SHOWN], tried=True, run=None, headline=_headline(report))
    tell("ok" if not report.refused else "warn", _headline(report))
    return go(f"/import/{report.run_id}")


@web.get("/import/<int:run_id>")
@allow(Action.IMPORT)
def import_report(run_id: int) -> ResponseReturnValue:
    """The report of a file that was taken in."""
    with read() as (session, _actor):
        run, text = get_run(session, run_id)
    findings = _findings(text)
    facts: dict[str, Any] = {"run": run, "report": run, "tried": False, "findings": findings[:SHOWN]}
    return page("import_report.html", headline=_loaded(run.loaded, run.refused, run.already), **facts)


@web.get("/import/<int:run_id>.csv")
@allow(Action.IMPORT)
def import_report_csv(run_id: int) -> ResponseReturnValue:
    """The same as a file."""
    with read() as (session, _actor):
        run, text = get_run(session, run_id)
    answer = Response("\ufeff" + text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{run.kind}-report-{run_id}.csv"'
    return answer


def _findings(text: str) -> list[RowFinding]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [RowFinding(int(row["line"]), Outcome(row["outcome"]), row["column"], row["value"], row["code"], row["reason"]) for row in rows]


def _headline(report: ImportReport) -> str:
    if not report.dry_run:
        return _loaded(report.loaded, report.refused, report.already)
    facts = {"loaded": report.loaded, "refused": report.refused, "already": report.already}
    return _("%(loaded)s rows would be loaded, %(refused)s refused, %(already)s are there already", **facts)


def _loaded(loaded: int, refused: int, already: int) -> str:
    if not loaded and not refused:
        return _("Nothing new in this file: all rows are there already")
    rest = _("%(refused)s refused, %(already)s there already", refused=refused, already=already)
    return plural("One row loaded, %(rest)s", "%(num)d rows loaded, %(rest)s", loaded, rest=rest)
