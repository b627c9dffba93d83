"""The labels of all tubes of a box, or of a participant: which have none, which nobody has scanned back, which are proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action
from lims.http_context import allow, read
from lims.storage.queries import get_container
from lims.storage.records import TubeFilter
from lims.storage.tubes import Tube
from lims.studies.queries import get_participant
from lims.web.fields import Fields
from lims.web.frame import page, web
from lims.web.label_history import LabelCounts, Printed, count_standings, history_of, standing_of
from lims.web.label_sources import MOST, tubes_at_hand
from lims.web.messages import _, plural
from lims.web.study_here import use_study

STANDINGS = ("without", "waiting", "unproven", "proven")


@dataclass(frozen=True, slots=True)
class Row:
    """A tube, and the label of it that counts, or the last there was."""

    tube: Tube
    standing: str
    history: Sequence[Printed]

    @property
    def last(self) -> Printed | None:
        """The newest label of it."""
        return self.history[0] if self.history else None


@web.get("/containers/<code>/labels")
@allow(Action.READ)
def labels_of_container(code: str) -> ResponseReturnValue:
    """The labels of all tubes in a container and in what stands in it."""
    with read() as (session, _actor):
        box = get_container(session, code)
        facts = _facts(session, TubeFilter(container=box.barcode))
    crumbs = [(_("Storage"), "/containers"), (box.name, f"/containers/{box.barcode}")]
    return page("label_standings.html", name=box.name, crumbs_here=crumbs, source=f"box={box.barcode}", **facts)


@web.get("/participants/<code>/labels")
@allow(Action.READ_PARTICIPANTS)
def labels_of_participant(code: str) -> ResponseReturnValue:
    """The labels of all tubes of a participant."""
    with read() as (session, _actor):
        person = get_participant(session, code)
        facts = _facts(session, TubeFilter(study=person.study_code, participant=person.code))
    use_study(person.study_code)
    crumbs = [(_("Participants"), "/participants"), (person.code, f"/participants/{person.code}")]
    return page("label_standings.html", name=person.code, crumbs_here=crumbs, source=f"participant={person.code}", **facts)


def _facts(session: Session, wanted: TubeFilter) -> dict[str, Any]:
    fields = Fields(request.args)
    which = fields.optional_one_of("which", STANDINGS)
    fields.check()
    tubes, first_of_more = tubes_at_hand(session, wanted)
    histories = history_of(session, [tube.id for tube in tubes])
    rows = [Row(tube, standing_of(histories.get(tube.id, ())), histories.get(tube.id, ())) for tube in tubes]
    counts = count_standings([tube.id for tube in tubes], histories)
    shown = [row for row in rows if which in {None, row.standing}]
    return {
        "rows": shown,
        "counts": counts,
        "which": which,
        "tubes": len(tubes),
        "first_of_more": first_of_more,
        "most": MOST,
        "headline": _headline(counts, len(tubes)),
    }


def _headline(counts: LabelCounts, tubes: int) -> str:
    if not tubes:
        return _("No tube is here to label")
    if counts.without:
        return plural("One tube has no label from here", "%(num)d tubes have no label from here", counts.without)
    if counts.unproven + counts.waiting:
        return plural("One label is to be scanned back", "%(num)d labels are to be scanned back", counts.unproven + counts.waiting)
    return plural("The one label is proven", "All %(num)d labels are proven", counts.proven)
