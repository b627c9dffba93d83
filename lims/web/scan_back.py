"""Scan-back: label after label of a job, or each label and then its tube's own code, until the job is proven. Leaving it loses nothing."""

from urllib.parse import quote

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.ids import normalise_code
from lims.printing.proof import scan_back
from lims.printing.queries import get_job
from lims.printing.rules import to_verify
from lims.printing.vocabulary import Job, LabelPrint, LabelState, ScanBack, ScanOutcome
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, later
from lims.web.printing_words import sentences
from lims.web.problem_words import say

_TITLES: dict[ScanOutcome, tuple[str, str]] = {
    ScanOutcome.OK: ("ok", later("Right")),
    ScanOutcome.WRONG_ORDER: ("warn", later("Right, out of order")),
    ScanOutcome.ALREADY: ("warn", later("Scanned before")),
    ScanOutcome.NOT_PRINTED: ("stop", later("An older label")),
    ScanOutcome.VOID: ("stop", later("This label counts no more")),
    ScanOutcome.NOT_OF_THIS_JOB: ("stop", later("Not of this job")),
    ScanOutcome.TUBE_DIFFERS: ("stop", later("Wrong tube")),
    ScanOutcome.LABEL_AGAIN: ("stop", later("That is a label")),
}
_NAMED_AT_MOST = 6


@web.get("/labels/jobs/<int:job_id>/scan-back")
@allow(Action.PRINT)
def scan_back_page(job_id: int) -> ResponseReturnValue:
    """Which label comes next, how many are left, and every label of the job."""
    with read() as (session, _actor):
        job = get_job(session, job_id)
    held = _held(job)
    to_scan = to_verify(job.labels)
    due = held or (to_scan[0] if to_scan else None)
    return page("scan_back.html", job=job, held=held, due=due, to_scan=to_scan, with_tube=_with_tube())


@web.post("/labels/jobs/<int:job_id>/scan-back")
@allow(Action.PRINT)
@act(scan_back_page)
def take_scan_back(job_id: int) -> ResponseReturnValue:
    """One scan: a label; or, where tubes are scanned too, first the label and then its tube."""
    fields = Fields(request.form)
    code, tube_code = fields.text("code", longest=80), fields.optional_text("tube_code", longest=80)
    fields.check()
    here = f"/labels/jobs/{job_id}/scan-back" + ("?tubes=yes" if _with_tube() else "")
    with transaction() as (session, actor):
        if _with_tube() and tube_code is None and _is_due(get_job(session, job_id), code):
            return go(f"{here}&label={quote(normalise_code(code))}")
        found = scan_back(session, job_id, code, tube_code, actor=actor, at=clock.now())
    _tell(found)
    if found.outcome in {ScanOutcome.TUBE_DIFFERS, ScanOutcome.LABEL_AGAIN}:
        return go(f"{here}&label={quote(normalise_code(code))}")
    return go(here)


def _tell(found: ScanBack) -> None:
    outcome, title = _TITLES[found.outcome]
    sentence = say(found.sentence)
    if found.missing:
        lines = ", ".join(str(label.line) for label in found.missing[:_NAMED_AT_MOST])
        more = " …" if len(found.missing) > _NAMED_AT_MOST else ""
        sentence = sentences(sentence, _("Not scanned yet: %(lines)s.", lines=lines + more))
    tell(outcome, _(title), sentence)


def _with_tube() -> bool:
    """Whether each tube's own code is scanned after its label."""
    return request.values.get("tubes") == "yes"


def _is_due(job: Job, code: str) -> bool:
    """Whether the label is one that is to be scanned back still, so that its tube may be asked for."""
    label = _label_with(job, code)
    return label is not None and label.state in {LabelState.SENDING, LabelState.SENT, LabelState.PRINTED}


def _held(job: Job) -> LabelPrint | None:
    """The label that was scanned and whose tube comes next."""
    return _label_with(job, request.args.get("label", "")) if request.args.get("label") else None


def _label_with(job: Job, code: str) -> LabelPrint | None:
    read_as = normalise_code(code)
    return next((label for label in job.labels if label.symbol == read_as and label.state is not LabelState.VOID), None)
