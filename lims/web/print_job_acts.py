"""What is done to a print job from its page: paused, cancelled, printed again, fetched for the office printer."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import SubjectKind
from lims.http_context import allow, transaction
from lims.labels.drawing import known_templates
from lims.labels.templates import get_template
from lims.printing import service
from lims.printing.queries import get_job
from lims.printing.subjects import wanted_for
from lims.printing.vocabulary import Job, LabelPrint, LabelWanted
from lims.specimens.errors import TubeNotFilled
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.label_printing import reason_given
from lims.web.messages import _
from lims.web.print_jobs import line_of, print_job

_KINDS = {"specimen": SubjectKind.SPECIMEN, "container": SubjectKind.CONTAINER, "form": SubjectKind.KIT}


@web.post("/labels/jobs/<int:job_id>/pause")
@allow(Action.PRINT)
@act(print_job)
def pause_job(job_id: int) -> ResponseReturnValue:
    """Send no more of it."""
    with transaction() as (session, actor):
        service.pause_job(session, job_id, actor=actor, at=clock.now())
    return go(f"/labels/jobs/{job_id}")


@web.post("/labels/jobs/<int:job_id>/resume")
@allow(Action.PRINT)
@act(print_job)
def resume_job(job_id: int) -> ResponseReturnValue:
    """Go on with it."""
    with transaction() as (session, actor):
        service.resume_job(session, job_id, actor=actor, at=clock.now())
    return go(f"/labels/jobs/{job_id}")


@web.post("/labels/jobs/<int:job_id>/cancel")
@allow(Action.PRINT)
@act(print_job)
def cancel_job(job_id: int) -> ResponseReturnValue:
    """What still waits is not printed."""
    with transaction() as (session, actor):
        service.cancel_job(session, job_id, actor=actor, at=clock.now())
    return go(f"/labels/jobs/{job_id}")


@web.post("/labels/jobs/<int:job_id>/again")
@allow(Action.PRINT)
@act(print_job)
def reprint_from(job_id: int) -> ResponseReturnValue:
    """After a jam: from this label on, all that came out is printed again."""
    fields = Fields(request.form)
    line, reason = fields.integer("line", least=1, most=1000), _why(fields)
    with transaction() as (session, actor):
        new = service.reprint_from(session, job_id, line, reason, actor=actor, at=clock.now())
    tell("done", _("The labels from %(line)s on are printed again. Destroy the spoilt ones.", line=line))
    return go(f"/labels/jobs/{new}")


@web.post("/labels/jobs/<int:job_id>/lines/<int:line>/again")
@allow(Action.PRINT)
@act(print_job)
def reprint_one(job_id: int, line: int) -> ResponseReturnValue:
    """One more label of the same thing; the former counts no more."""
    reason = _why(Fields(request.form))
    with transaction() as (session, actor):
        job = get_job(session, job_id)
        new = service.request_labels(
            session,
            printer=job.printer,
            template=job.template,
            wanted=[_wanted_again(session, job, line_of(job, line))],
            purpose=job.purpose,
            reason=reason,
            actor=actor,
            at=clock.now(),
        )
    return go(f"/labels/jobs/{new}")


@web.post("/labels/jobs/<int:job_id>/file.pdf")
@allow(Action.PRINT)
@act(print_job)
def fetch_job(job_id: int) -> ResponseReturnValue:
    """The sheet for a printer of one's own. From then on the labels count as sent."""
    with transaction() as (session, actor):
        file = service.take_file(session, job_id, actor=actor, at=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="labels-{job_id}.pdf"'}
    return Response(file, mimetype="application/pdf", headers=headers)


@web.post("/labels/jobs/<int:job_id>/printed")
@allow(Action.PRINT)
@act(print_job)
def say_printed(job_id: int) -> ResponseReturnValue:
    """Somebody holds the printed sheet."""
    with transaction() as (session, actor):
        service.mark_printed_by_hand(session, job_id, actor=actor, at=clock.now())
    return go(f"/labels/jobs/{job_id}")


def _why(fields: Fields) -> str:
    reason = reason_given(fields)
    if reason is None:
        fields.refuse("why", _("Say why it is printed again."))
    fields.check()
    return reason or ""


def _wanted_again(session: Session, job: Job, label: LabelPrint) -> LabelWanted:
    """The label as things stand today; of a tube that is still to be filled, as it was."""
    template = get_template(known_templates(), job.template)
    if template.subject != "form":
        try:
            return wanted_for(session, template, [label.barcode])[0]
        except TubeNotFilled:
            pass
    return LabelWanted(
        subject_id=label.subject_id,
        kind=_KINDS[template.subject],
        barcode=label.barcode,
        fields=label.fields,
        participant_id=label.participant_id,
    )
