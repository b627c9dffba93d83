"""Words of rack scans and temperatures: how a tube stands, what became of it, whose file it is."""

from collections.abc import Mapping

from lims.racks.vocabulary import Decision, Difference, Line, RackFormat, ScanState, Standing, Turn
from lims.temperatures.vocabulary import Beyond
from lims.web.messages import _, later, plural

_STANDINGS: Mapping[Standing, str] = {
    Standing.SAME: later("as recorded"),
    Standing.OUT: later("taken out, as recorded"),
    Standing.LOST: later("missing, as recorded"),
    Standing.BACK: later("back in its hole"),
    Standing.FOUND: later("missing, and found"),
    Standing.MOVED: later("moved within the box"),
    Standing.FROM_ELSEWHERE: later("came from another box"),
    Standing.NEW: later("new here"),
    Standing.GONE: later("gone"),
    Standing.UNSAID: later("not in the file"),
    Standing.UNREAD: later("could not be read"),
    Standing.UNKNOWN: later("code not known here"),
    Standing.IMPOSSIBLE: later("cannot be here"),
}
_ON_THE_MAP: Mapping[Standing, str] = {
    Standing.SAME: "here",
    Standing.OUT: "away",
    Standing.LOST: "away",
    Standing.UNSAID: "unseen",
    Standing.GONE: "missing",
    Standing.UNREAD: "missing",
    Standing.UNKNOWN: "missing",
    Standing.IMPOSSIBLE: "missing",
}
_OUTCOMES: Mapping[Standing, str] = {
    Standing.SAME: "ok",
    Standing.OUT: "info",
    Standing.LOST: "info",
    Standing.GONE: "stop",
    Standing.UNREAD: "stop",
    Standing.UNKNOWN: "stop",
    Standing.IMPOSSIBLE: "stop",
}
_MARKS: Mapping[Standing, str] = {
    Standing.BACK: "↩",
    Standing.FOUND: "↩",
    Standing.MOVED: "↔",
    Standing.FROM_ELSEWHERE: "→",
    Standing.NEW: "+",
    Standing.GONE: "✕",
    Standing.UNREAD: "?",
    Standing.UNKNOWN: "#",
    Standing.IMPOSSIBLE: "!",
}
_WHY: Mapping[str, str] = {
    "disposed": later("it was destroyed"),
    "dispatched": later("it was sent out of the house"),
    "depleted": later("it is used up"),
    "another-study": later("it is of another study"),
    "another-kind": later("this box is kept for other kinds"),
    "specimen": later("the label of a kit's tube that was not filled"),
    "container": later("the code of a container"),
    "kit": later("the code of a kit"),
    "person": later("somebody’s badge"),
}
_DECISIONS: Mapping[Decision, tuple[str, str]] = {
    Decision.CHECKED_OUT: (later("taken out"), later("its hole is kept")),
    Decision.REMOVED: (later("out for good"), later("its hole is free")),
    Decision.MISSING: (later("missing"), later("its last place is kept")),
}
_FORMATS: Mapping[RackFormat, str] = {
    RackFormat.VISIONMATE: "VisionMate",
    RackFormat.FLUIDX: "FluidX",
    RackFormat.ZIATH: "Ziath",
    RackFormat.MICRONIC: "Micronic",
    RackFormat.TRAXCER: "Traxcer",
    RackFormat.TRAKMATE: "TrakMate",
}
_STATES: Mapping[ScanState, tuple[str, str]] = {
    ScanState.WAITING: ("wait", later("to be accepted")),
    ScanState.ACCEPTED: ("ok", later("accepted")),
    ScanState.DROPPED: ("info", later("put aside")),
}


def standing_word(standing: str) -> str:
    """How a tube or hole stands against the record."""
    return _(_STANDINGS[Standing(standing)])


def standing_on_map(standing: str) -> str:
    """The look of its hole on a map."""
    return _ON_THE_MAP.get(Standing(standing), "wrong")


def standing_mark(standing: str) -> str:
    """What stands in its hole beside the colour; nothing for what is as it should be."""
    return _MARKS.get(Standing(standing), "")


def standing_outcome(standing: str) -> str:
    """Its colour and shape in a list."""
    return _OUTCOMES.get(Standing(standing), "warn")


def why_word(why: str | None) -> str:
    """Why a code or a tube cannot be there."""
    return _(_WHY[why]) if why is not None and why in _WHY else why or ""


def decision_options(line: Line) -> list[tuple[str, str, str]]:
    """What can have become of a tube, as the rows of a form."""
    return [(each.value, _(_DECISIONS[each][0]), _(_DECISIONS[each][1])) for each in line.may_be]


def rack_format_word(format_: str) -> str:
    """Whose file it is."""
    return _FORMATS.get(RackFormat(format_), _("a list of holes and codes"))


def scan_state(state: str) -> tuple[str, str]:
    """What became of a scan: its outcome and its word."""
    outcome, word = _STATES[ScanState(state)]
    return outcome, _(word)


def turn_word(turn: str) -> str:
    """How a rack lay."""
    return _("as it lay") if turn == Turn.NONE else _("turned by %(degrees)s°", degrees=turn)


def beyond_word(side: str) -> str:
    """On which side of the limits it was."""
    return _("too warm") if side == Beyond.WARM else _("too cold")


def headline_of(difference: Difference) -> str:
    """The answer of a scan's page: what must be decided, else what would change."""
    undecided = sum(line.decides for line in difference.lines)
    changes = sum(line.changes for line in difference.lines)
    if undecided:
        return plural("One hole needs a decision", "%(num)d holes need a decision", undecided)
    if changes:
        return plural("One tube is not where it is recorded", "%(num)d tubes are not where they are recorded", changes)
    return _("Every tube is where it is recorded")


WORDS = {
    word.__name__: word
    for word in (
        standing_word,
        standing_on_map,
        standing_mark,
        standing_outcome,
        why_word,
        decision_options,
        rack_format_word,
        scan_state,
        turn_word,
        beyond_word,
    )
}
