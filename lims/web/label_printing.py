"""Printing, from the page of labels: everything chosen, asked for in one act; then on to the job."""

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, transaction
from lims.kits.labels import wanted_and_held
from lims.labels.drawing import known_templates
from lims.labels.templates import get_template
from lims.printing.service import request_labels
from lims.printing.vocabulary import LabelWanted
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, web
from lims.web.label_sources import source_of_request
from lims.web.labels import labels
from lims.web.messages import _
from lims.web.printing_words import REASONS


@web.post("/labels/print")
@allow(Action.PRINT)
@act(labels)
def print_labels() -> ResponseReturnValue:
    """Queue the labels chosen, and lead on to their job."""
    fields = Fields(request.form)
    printer, name = fields.text("printer", longest=80), fields.text("template", longest=80)
    start = fields.optional_integer("start", least=1, most=1000) or 1
    reason = reason_given(fields)
    fields.check()
    template = get_template(known_templates(), name)
    with transaction() as (session, actor):
        source = source_of_request(session)
        if not source.codes:
            fields.refuse("codes", _("Scan at least one code."))
            fields.check()
        wanted = wanted_and_held(session, template, source.codes)
        job_id = request_labels(
            session,
            printer=printer,
            template=name,
            wanted=wanted,
            purpose=source.name or _purpose(wanted),
            reason=reason,
            start=start,
            actor=actor,
            at=clock.now(),
        )
    return go(f"/labels/jobs/{job_id}")


def reason_given(fields: Fields) -> str | None:
    """Why something is printed again: one of the usual reasons, what was typed, or both."""
    usual = fields.optional_one_of("why", REASONS)
    typed = fields.optional_text("reason", longest=150)
    return ": ".join(filter(None, (usual, typed))) or None


def _purpose(wanted: list[LabelWanted]) -> str:
    """What the labels have in common: a visit, a participant, or the first thing's name."""
    for names in (("participant", "timepoint"), ("participant",)):
        shared = {" ".join(each.fields.get(name, "") for name in names).strip() for each in wanted}
        if len(shared) == 1 and (words := shared.pop()):
            return words
    return next((each.fields["name"] for each in wanted if each.fields.get("name")), "") or wanted[0].barcode
