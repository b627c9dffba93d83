"""Rules of picking: the order of the walk, what was probably meant by a wrong tube, what may stand in for a lost one. Pure."""

from collections.abc import Collection, Iterable, Sequence

from lims.pairs.usability import rank_of_purpose, usability
from lims.pairs.vocabulary import TubeFacts
from lims.picking.errors import BadPickList
from lims.picking.vocabulary import InHand, LineState, MakePickList, PickLine
from lims.sentences import Sentence
from lims.specimens.vocabulary import SpecimenState
from lims.storage.positions import natural_order
from lims.studies.protocol import Assay, Protocol

MOST_LINES = 2_000
LONGEST_NAME = 100
MOST_MINUTES = 1_440

_Walk = tuple[list[list[tuple[int, str]]], tuple[int, int], int]


def check_list(command: MakePickList) -> None:
    """
    :raises BadPickList: of nothing or of several things at once, too long, a name or a time that cannot be.
    """
    sources = [bool(command.codes), command.batch is not None, command.wanted is not None]
    if sum(sources) != 1:
        raise BadPickList("codes", Sentence("Say what is wanted: a batch, a query, or codes; one of the three."))
    check_length(len(command.codes))
    if command.name is not None and (not 1 <= len(command.name.strip()) <= LONGEST_NAME or not command.name.isprintable()):
        raise BadPickList("name", Sentence("Give 1 to %(most)s characters, on one line.", most=LONGEST_NAME))
    if command.minutes_out is not None and not 1 <= command.minutes_out <= MOST_MINUTES:
        raise BadPickList("minutes_out", Sentence("Give 1 to %(most)s minutes.", most=MOST_MINUTES))


def check_length(count: int) -> None:
    """
    :raises BadPickList: more than one person walks.
    """
    if count > MOST_LINES:
        raise BadPickList("codes", Sentence("At most %(most)s tubes on one list. Part it.", most=MOST_LINES))


def in_walking_order(lines: Iterable[PickLine]) -> tuple[PickLine, ...]:
    """Freezer by freezer, then rack, box and hole, as one walks past them: Shelf 2 before Shelf 10. What is nowhere comes last."""
    return tuple(sorted(lines, key=_walk))


def meant_by(tube: InHand, lines: Sequence[PickLine]) -> PickLine | None:
    """The line somebody with a wrong tube in the hand was probably after: the likest in the same box, or anywhere, or the next one."""
    wanted = [line for line in lines if line.state is LineState.WANTED]
    if not wanted:
        return None

    def nearness(line: PickLine) -> tuple[int, bool, int]:
        here = line.place is not None and tube.place is not None and line.place.container_id == tube.place.container_id
        return _likeness(tube, line), here, -lines.index(line)

    return max(wanted, key=nearness)


def difference(tube: InHand, line: PickLine) -> tuple[str, str]:
    """What a scanned tube is, and what the list wants, each in as few words as tell them apart."""
    is_ = f"{tube.participant} {tube.timepoint} {tube.specimen_type}"
    if tube.participant != line.participant:
        return is_, f"{line.participant} {line.timepoint} {line.specimen_type}"
    if (tube.timepoint, tube.specimen_type) == (line.timepoint, line.specimen_type):
        return f"{is_} {tube.ordinal}", f"{line.specimen_type} {line.ordinal}"
    if tube.specimen_type == line.specimen_type:
        return is_, line.timepoint
    return is_, f"{line.timepoint} {line.specimen_type}"


def substitutes(
    lost: TubeFacts, tubes: Iterable[TubeFacts], protocol: Protocol, assay: Assay | None, not_these: Collection[int]
) -> list[TubeFacts]:
    """What may stand in for a tube nobody found, the best first: like it in all that matters, enough of it, thawed least.

    For an assay, by the rules of its pairs; else of the same purpose, and no smaller.
    """
    like = [tube for tube in tubes if tube.id not in not_these and tube.id != lost.id and _is_like(lost, tube)]
    if assay is not None:
        fit = [tube for tube in like if not usability(tube, assay, protocol)]
        return sorted(fit, key=lambda tube: (_thaws(tube), rank_of_purpose(tube, assay), tube.amount or 0, tube.id))
    fit = [tube for tube in like if _serves_as_well(lost, tube) and not set(tube.flags) & protocol.blocking_codes]
    return sorted(fit, key=lambda tube: (_thaws(tube), tube.amount or 0, tube.id))


def _walk(line: PickLine) -> _Walk:
    hole = line.place.position if line.place else None
    steps = [natural_order(step.slot or step.name) + natural_order(step.name) for step in line.way]
    return (steps or [[(10**9, "")]], (-1, -1) if hole is None else (hole.row, hole.column), line.line)


def _likeness(tube: InHand, line: PickLine) -> int:
    """A tube of the right person is nearer than one of the right kind."""
    same = (tube.participant == line.participant, tube.specimen_type == line.specimen_type, tube.timepoint == line.timepoint)
    return sum(weight for weight, is_same in zip((4, 2, 1), same, strict=True) if is_same) if same[0] else 0


def _is_like(lost: TubeFacts, tube: TubeFacts) -> bool:
    same = ("participant_id", "timepoint", "specimen_type", "unit", "kind")
    return (
        all(getattr(lost, name) == getattr(tube, name) for name in same)
        and tube.state is SpecimenState.STORED
        and not tube.missing
        and not tube.quarantined
        and tube.withdrawn_on is None
        and tube.amount is not None
    )


def _serves_as_well(lost: TubeFacts, tube: TubeFacts) -> bool:
    return tube.purpose == lost.purpose and (lost.amount is None or (tube.amount or 0) >= lost.amount)


def _thaws(tube: TubeFacts) -> int:
    return 10**6 if tube.thaw_count is None else tube.thaw_count
