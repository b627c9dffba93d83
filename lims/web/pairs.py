"""The board of pairs: for each participant what is whole, what can still come and by when, and what is lost."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read
from lims.pairs.due import due_list
from lims.pairs.queries import list_pairs
from lims.pairs.vocabulary import DueVisit, PairFilter, PairState, PairView
from lims.studies.protocol import Cohort, Protocol
from lims.web.due import as_due, due_headline
from lims.web.frame import page, web
from lims.web.messages import _
from lims.web.study_here import assay_word, protocol_here, study_here
from lims.web.wording import day, today
from lims.web.words import specimen_shape

MOST = 5000
URGENT = 6
_LOUDEST = (PairState.AT_RISK, PairState.POSSIBLE, PairState.BROKEN, PairState.WAITING, PairState.COMPLETE, PairState.EXCLUDED)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: one assay, or all assays of one kind of material."""

    key: str
    shape: str
    word: str
    assays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """The pair (or the one of several that most needs somebody) in one hole of the board."""

    pair: PairView
    look: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class CohortBoard:
    """One cohort: its participants with a cell for each column, and how many pairs are whole."""

    cohort: Cohort
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    whole: int
    all: int


@web.get("/pairs")
@allow(Action.READ_PARTICIPANTS)
def pairs() -> ResponseReturnValue:
    """Every pair of the study; of one assay, where the address names it."""
    protocol = protocol_here()
    if protocol is None:
        return page("no_study.html")
    chosen, at = request.args.get("assay") or None, clock.now()
    with read() as (session, _actor):
        found = list_pairs(session, PairFilter(study=study_here().code, assay=chosen), at=at, limit=MOST).items
        dues = [as_due(visit) for visit in _concerning(due_list(session, at=at, study=study_here().code), chosen)]
    columns = _columns(protocol, chosen)
    paired = [assay for assay in protocol.assays if assay.paired]
    facts: dict[str, Any] = {"columns": columns, "chosen": chosen, "paired": paired, "whole": [_whole(found, column) for column in columns]}
    return page("pairs.html", boards=_boards(protocol, found, columns), dues=dues[:URGENT], headline=due_headline(dues), **facts)


def _concerning(visits: Iterable[DueVisit], chosen: str | None) -> list[DueVisit]:
    """The visits that are due, each with what the chosen assay still misses."""
    if chosen is None:
        return list(visits)
    missing = ((visit, tuple(one for one in visit.missing if chosen in one.assays)) for visit in visits)
    return [replace(visit, missing=some) for visit, some in missing if some]


def _columns(protocol: Protocol, chosen: str | None) -> list[Column]:
    """One column for the assay chosen; else one for each kind of material, stool, blood, tumour."""
    shapes: dict[str, list[str]] = defaultdict(list)
    for assay in protocol.assays:
        if assay.paired and chosen in (None, assay.code):
            shapes[specimen_shape(assay.fed_by[0])].append(assay.code)
    if chosen is not None:
        return [Column(chosen, shape, assay_word(chosen), tuple(assays)) for shape, assays in shapes.items()]
    words = {"stool": _("Stool"), "blood": _("Blood"), "tumour": _("Tumour")}
    return [Column(shape, shape, words.get(shape, _("Other")), tuple(assays)) for shape, assays in shapes.items()]


def _boards(protocol: Protocol, found: Iterable[PairView], columns: Sequence[Column]) -> list[CohortBoard]:
    by_participant: dict[str, dict[str, list[PairView]]] = defaultdict(lambda: defaultdict(list))
    for pair in found:
        if pair.participant is not None:
            by_participant[pair.participant.cohort][pair.participant.code].append(pair)
    return [_board(cohort, by_participant[cohort.code], columns) for cohort in protocol.cohorts]


def _board(cohort: Cohort, people: dict[str, list[PairView]], columns: Sequence[Column]) -> CohortBoard:
    rows = tuple((code, tuple(_cell(column, views) for column in columns)) for code, views in sorted(people.items()))
    every = [pair for views in people.values() for pair in views]
    return CohortBoard(cohort, rows, sum(pair.state is PairState.COMPLETE for pair in every), len(every))


def _cell(column: Column, views: Sequence[PairView]) -> Cell | None:
    """Of several pairs the one that most needs somebody."""
    mine = [pair for pair in views if pair.assay in column.assays]
    if not mine:
        return None
    pair = min(mine, key=lambda one: (_LOUDEST.index(one.state), one.due_to or date.max))
    return Cell(pair, *_look(pair))


def _look(pair: PairView) -> tuple[str, str, str]:
    """How a pair is drawn: its state for the stylesheet, its icon, its word."""
    half = "pre" if any(tube.usable for tube in pair.pre) else "post" if any(tube.usable for tube in pair.post) else "none"
    match pair.state:
        case PairState.COMPLETE:
            return "whole", "whole", ""
        case PairState.EXCLUDED:
            return "out", "", "—"
        case PairState.BROKEN:
            return "lost", "lost", _("lost")
        case PairState.WAITING:
            return "later", "later", day(pair.due_from) if pair.due_from else _("later")
        case PairState.AT_RISK:
            return "soon", half, _("today") if pair.due_to == today() else (day(pair.due_to) if pair.due_to else _("now"))
        case PairState.POSSIBLE:
            return "open", half, _("divide") if pair.due_to is None or pair.due_to < today() else day(pair.due_to)


def _whole(found: Iterable[PairView], column: Column) -> tuple[int, int]:
    mine = [pair for pair in found if pair.assay in column.assays]
    return sum(pair.state is PairState.COMPLETE for pair in mine), len(mine)
