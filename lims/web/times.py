"""When what was collected was received, processed, frozen: told from the page of any tube of it, as it happens."""

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, transaction
from lims.ids import in_fours
from lims.specimens.milestones import record_times
from lims.specimens.vocabulary import RecordTimes
from lims.storage.tubes import get_tube
from lims.web.acts import act
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.messages import _
from lims.web.specimen import specimen
from lims.web.study_here import flag_word

MILESTONES = ("received_at", "processed_at", "frozen_at")


@web.post("/specimens/<code>/times")
@allow(Action.REGISTER)
@act(specimen)
def record_tube_times(code: str) -> ResponseReturnValue:
    """Complete the times of the collection a tube is of, or put one right; what follows from them is told at once."""
    fields = Fields(request.form)
    times = {name: fields.optional_moment(name) for name in MILESTONES}
    reason = fields.optional_text("reason")
    fields.check()
    with transaction() as (session, actor):
        collection_id = get_tube(session, code).collection_id
        command = RecordTimes(collection_id=collection_id, reason=reason, **times)
        remarks = record_times(session, command, actor=actor, at=clock.now())
    marks = ", ".join(flag_word(remark.code) for remark in remarks)
    tell("warn" if marks else "done", _("%(code)s: times recorded", code=in_fours(code)), marks or _("In time."))
    return go(f"/specimens/{code}")
