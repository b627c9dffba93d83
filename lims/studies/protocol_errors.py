"""What may go wrong with a protocol: its file cannot be read, a code it does not have, a sample it forbids."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from lims.errors import Finding, InvalidInput, RuleViolation
from lims.sentences import Sentence

LISTED_AT_MOST = 12


class ProtocolFileError(InvalidInput):
    """A protocol file with faults; all of them are told at once, each with its line."""

    code = "studies.protocol-file"

    def __init__(self, name: str, lines: Sequence[tuple[int, str]]) -> None:
        faults = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
        told = " ".join(f"Line {line}: {sentence}" for line, sentence in lines)
        super().__init__(
            f"{name} was not loaded: {faults}. {told}",
            tuple(Finding(f"line {line}", sentence) for line, sentence in lines),
        )
        self.name, self.lines = name, tuple(lines)


class UnknownCode(InvalidInput):
    """The study's protocol has nothing by that code."""

    code = "studies.unknown-code"

    def __init__(self, what: str, given: str, known: Sequence[str]) -> None:
        near = nearest(given, known)
        advice = f"Did you mean {near}?" if near else f"It has {_listed(known)}."
        super().__init__(
            f"The protocol has no {what} {given!r}. {advice}",
            (
                Finding(
                    what.replace(" ", "_"),
                    Sentence("the protocol has no %(what)s by that code", what=what),
                    given,
                ),
            ),
        )
        self.what, self.given, self.known, self.nearest = (
            what,
            given,
            tuple(known),
            near,
        )


class TreatedAlready(RuleViolation):
    """A sample of a timepoint before the treatment was taken after it."""

    code = "studies.treated-already"

    def __init__(self, timepoint: str, collected_at: datetime, treated_at: datetime) -> None:
        super().__init__(
            f"{timepoint} comes before the treatment, which was given on {treated_at:%Y-%m-%d at %H:%M}; "
            f"this was collected on {collected_at:%Y-%m-%d at %H:%M}. Check the time and the timepoint."
        )
        self.timepoint, self.collected_at, self.treated_at = (
            timepoint,
            collected_at,
            treated_at,
        )


def nearest(given: str, known: Sequence[str]) -> str | None:
    """The known code spelled most like the given one, or None where none is near."""
    by_folded = {code.casefold(): code for code in known}
    close = get_close_matches(given.strip().casefold(), list(by_folded), n=1, cutoff=0.7)
    return by_folded[close[0]] if close else None


def _listed(known: Sequence[str]) -> str:
    if not known:
        return "none"
    shown = ", ".join(known[:LISTED_AT_MOST])
    return shown if len(known) <= LISTED_AT_MOST else f"{shown} and {len(known) - LISTED_AT_MOST} more"
