"""Endpoints of pairs: what each participant has before and after, for each paired assay."""

from typing import Any

from marshmallow import fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Day, Name
from lims.api.frame import Blueprint, json_answer
from lims.api.paging import PageIn, cursor_keys, new_cursor
from lims.api.schema import Schema
from lims.http_context import allow, read
from lims.pairs.queries import list_pairs
from lims.pairs.vocabulary import PairCursor, PairFilter, PairState, PairView, Reason, TubeView

pairs = Blueprint("pairs", "Pairs: usable tubes before and after the treatment, and how each pair stands.")


class ReasonOut(Schema):
    """One reason."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class PairTubeOut(Schema):
    """A tube on one side of a pair."""

    barcode = fields.String(required=True)
    usable = fields.Boolean(required=True)
    why = fields.List(fields.Nested(ReasonOut), required=True, metadata={"description": "Why it cannot be used"})


class PairOut(Schema):
    """A pair as it stands; ``reasons`` are empty only when it is complete."""

    pair_id = fields.String(required=True)
    study = fields.String(required=True)
    participant = fields.String(required=True)
    cohort = fields.String(required=True)
    specimen_type = fields.String(required=True)
    assay = fields.String(required=True)
    pre = fields.List(fields.Nested(PairTubeOut), required=True)
    post = fields.List(fields.Nested(PairTubeOut), required=True)
    state = fields.String(required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)
    due_from = Day(required=True, allow_none=True)
    due_to = Day(required=True, allow_none=True)


class PairsIn(PageIn):
    """Which pairs."""

    study = Name(load_default=None)
    participant = Name(load_default=None)
    cohort = Name(load_default=None)
    assay = Name(load_default=None)
    state = Choice(*PairState, load_default=None)


class PairsOut(Schema):
    """A page of pairs, by participant and assay."""

    items = fields.List(fields.Nested(PairOut), required=True)
    next = fields.String(required=True, allow_none=True)


@pairs.get("/pairs")
@pairs.arguments(PairsIn, location="query")
@pairs.response(200, PairsOut)
@allow(Action.READ)
def show_pairs(query: dict[str, Any]) -> Any:
    """Pairs, page by page."""
    state = PairState(query["state"]) if query["state"] else None
    same = {name: query[name] for name in ("study", "participant", "cohort", "assay")}
    keys = cursor_keys(query["cursor"], str, int, str)
    after = PairCursor(*keys) if keys else None
    with read() as (session, _):
        page = list_pairs(session, PairFilter(state=state, **same), at=clock.now(), after=after, limit=query["limit"])
    following = new_cursor(page.next.code, page.next.participant_id, page.next.assay) if page.next else None
    return json_answer({"items": [pair_row(view) for view in page.items], "next": following})


def pair_row(view: PairView) -> dict[str, Any]:
    """A pair as an answer shows it; agrees with :class:`PairOut`."""
    return {
        "pair_id": view.pair_id,
        "study": view.participant.study_code,
        "participant": view.participant.code,
        "cohort": view.participant.cohort,
        "specimen_type": view.specimen_type,
        "assay": view.assay,
        "pre": [_tube(tube) for tube in view.pre],
        "post": [_tube(tube) for tube in view.post],
        "state": view.state,
        "reasons": [_reason(reason) for reason in view.reasons],
        "due_from": view.due_from and view.due_from.isoformat(),
        "due_to": view.due_to and view.due_to.isoformat(),
    }


def _tube(tube: TubeView) -> dict[str, Any]:
    return {"barcode": tube.barcode, "usable": tube.usable, "why": [_reason(reason) for reason in tube.why]}


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "detail": reason.sentence}
