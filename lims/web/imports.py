"""Taking a hospital's file in: tried or loaded beside the request that brought it, its report by line, column, value and reason."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import actor, allow, database, read
from lims.imports.progress import start_import
from lims.imports.queries import ProgressFacts, RunFacts, find_progress, findings_of_run, get_run, list_in_hand, list_runs
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, web
from lims.web.messages import _, plural
from lims.web.problem_words import finding_text

SHOWN = 500
_LONGEST_NAME = 120
_A_MOMENT_S = 2.0
"""How long somebody is kept waiting for the report itself, before they are shown how far the file is."""


@web.get("/import")
@allow(Action.IMPORT)
def imports() -> ResponseReturnValue:
    """The form, what is being taken in, and what was taken in before."""
    with read() as (session, _actor):
        in_hand, runs = list_in_hand(session, clock.now()), list_runs(session, limit=30)
    at_work = {one.id for one in in_hand}
    return page("imports.html", in_hand=in_hand, runs=[run for run in runs if run.id not in at_work], kinds=list(ImportKind))


@web.post("/import")
@allow(Action.IMPORT)
@act(imports)
def take_file() -> ResponseReturnValue:
    """Try a file, or load it. The same file twice changes nothing, so that this needs no other guard."""
    work = start_import(database(), _given_file(), actor=actor(), at=clock.now())
    if work.has_ended_within(_A_MOMENT_S) and work.error is not None:
        raise work.error
    return go(f"/import/{work.id}")


@web.get("/import/<int:run_id>")
@allow(Action.IMPORT)
def import_report(run_id: int) -> ResponseReturnValue:
    """How far a file is; once it has ended, its report."""
    with read() as (session, _actor):
        progress = find_progress(session, run_id)
        if progress is not None and progress.ended_at is None:
            return _how_far(progress, list_runs(session, only=run_id))
        if progress is not None and progress.problem is not None:
            return page("import_refused.html", progress=progress, why=finding_text(progress.problem))
        if progress is not None and progress.dry_run:
            findings = list(progress.findings)
            facts: dict[str, Any] = {"name": progress.file_name, "tried": True, "run": None, "headline": _tried(progress)}
        else:
            run, _report = get_run(session, run_id)
            findings = findings_of_run(session, run_id)
            facts = {"name": run.file_name, "tried": False, "run": run, "headline": _loaded(run.loaded, run.refused, run.already)}
    return page("import_report.html", findings=findings[:SHOWN], **facts)


@web.get("/import/<int:run_id>.csv")
@allow(Action.IMPORT)
def import_report_csv(run_id: int) -> ResponseReturnValue:
    """The same as a file."""
    with read() as (session, _actor):
        run, text = get_run(session, run_id)
    answer = Response("\ufeff" + text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{run.kind}-report-{run_id}.csv"'
    return answer


def _given_file() -> ImportFile:
    fields = Fields(request.form)
    kind, dry_run = fields.one_of("kind", list(ImportKind)), fields.one_of("how", {"try", "load"}) == "try"
    upload, mapping = request.files.get("file"), request.files.get("mapping")
    if upload is None or not upload.filename:
        fields.refuse("file", _("Choose a file."))
    fields.check()
    assert upload is not None
    upload.stream.seek(0)  # the view is run again when the database was busy
    name, content = (upload.filename or "")[-_LONGEST_NAME:], upload.stream.read()
    if mapping is None or not mapping.filename:
        return ImportFile(kind=ImportKind(kind), name=name, content=content, dry_run=dry_run)
    mapping.stream.seek(0)
    text = mapping.stream.read().decode("utf-8-sig", errors="replace")
    mapped_by = mapping.filename[-_LONGEST_NAME:]
    return ImportFile(kind=ImportKind(kind), name=name, content=content, mapping=text, mapping_name=mapped_by, dry_run=dry_run)


def _how_far(progress: ProgressFacts, kept: list[RunFacts]) -> Response:
    """Of one that stopped, what was committed counts, not what was last said."""
    stopped = progress.has_stopped(clock.now())
    return page("import_progress.html", progress=progress, stopped=stopped, loaded=kept[0].loaded if kept else 0)


def _tried(progress: ProgressFacts) -> str:
    facts = {"loaded": progress.loaded, "refused": progress.refused, "already": progress.already}
    return _("%(loaded)s rows would be loaded, %(refused)s refused, %(already)s are there already", **facts)


def _loaded(loaded: int, refused: int, already: int) -> str:
    if not loaded and not refused:
        return _("Nothing new in this file: all rows are there already")
    rest = _("%(refused)s refused, %(already)s there already", refused=refused, already=already)
    return plural("One row loaded, %(rest)s", "%(num)d rows loaded, %(rest)s", loaded, rest=rest)
