"""Rules of batches: what a batch is called, what fits in, and that both halves of a pair go together."""

import re
from collections.abc import Iterable, Sequence

from lims.batches.errors import BadBatch, BatchFull
from lims.batches.vocabulary import CreateBatch, Member
from lims.pairs.rules import complete_pair
from lims.pairs.vocabulary import PairState, PairView, Side, TubeFacts
from lims.sentences import Sentence
from lims.specimens.vocabulary import Remark
from lims.studies.protocol import Assay

LARGEST = 10_000
LONGEST_NAME = 100
_CONTROL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,39}")
_CODE = re.compile(r"[A-Z0-9]{1,16}-[0-9]{4}-[0-9]{2,9}", re.ASCII)
_SIDE_ORDER = {Side.PRE.value: 0, Side.POST.value: 1}


def check_batch(command: CreateBatch) -> None:
    """
    :raises BadBatch: a size, a name or a control that cannot be.
    """
    if command.size is not None and not 1 <= command.size <= LARGEST:
        raise BadBatch("size", Sentence("give 1 to %(most)s", most=LARGEST), command.size)
    if command.name is not None and (not 1 <= len(command.name.strip()) <= LONGEST_NAME or not command.name.isprintable()):
        raise BadBatch("name", Sentence("give 1 to %(most)s characters, on one line", most=LONGEST_NAME), command.name)
    if len(command.controls) > LARGEST or len(command.specimens) > LARGEST:
        raise BadBatch("specimens", Sentence("give at most %(most)s", most=LARGEST), max(len(command.controls), len(command.specimens)))
    for control in command.controls:
        if _CONTROL.fullmatch(control) is None:
            raise BadBatch("controls", Sentence("a control is a word of letters, digits and . _ + -, at most 40"), control)


def check_fits(size: int | None, wanted: int) -> None:
    """
    :raises BatchFull: more tubes and controls than places.
    """
    if size is not None and wanted > size:
        raise BatchFull(size, wanted)


def batch_prefix(assay: Assay) -> str:
    """What the codes of an assay's batches begin with: the protocol's word, or the initials of the code (two letters at least)."""
    if assay.batch_prefix:
        return assay.batch_prefix
    words = [word for word in re.split(r"[-_]+", assay.code) if word]
    return ("".join(word[0] for word in words) if len(words) > 1 else words[0][:2]).upper()


def batch_code(prefix: str, year: int, number: int) -> str:
    """``MG-2026-01``."""
    return f"{prefix}-{year}-{number:02d}"


def may_be_code(text: str) -> bool:
    """Whether a batch could be called that."""
    return _CODE.fullmatch(text) is not None


def group_of_pair(view: PairView, taken: frozenset[int]) -> tuple[TubeFacts, ...]:
    """The two tubes of a complete pair to take, of those in no batch; nothing where there are none."""
    if view.state is not PairState.COMPLETE:
        return ()
    sides = [[tube.facts for tube in side if tube.usable and tube.facts.id not in taken] for side in (view.pre, view.post)]
    return complete_pair(*sides) or ()


def fill(groups: Iterable[tuple[TubeFacts, ...]], places: int | None) -> list[tuple[TubeFacts, ...]]:
    """Whole groups in their order, as many as fit; never a part of one."""
    chosen, left = [], places
    for group in groups:
        if left is not None and len(group) > left:
            break
        chosen.append(group)
        left = None if left is None else left - len(group)
    return chosen


def in_order(members: Iterable[Member]) -> tuple[Member, ...]:
    """Participant by participant, before and after side by side."""
    return tuple(sorted(members, key=lambda each: place_in_order(each.participant, each.pair_id, each.side, each.specimen_id)))


def place_in_order(participant: str, pair_id: str | None, side: str | None, specimen_id: int) -> tuple[str, str, int, int]:
    """By what a batch's tubes are sorted, wherever they are listed."""
    return (participant, pair_id or "", _SIDE_ORDER.get(side or "", 2), specimen_id)


def half_pairs(members: Sequence[Member]) -> tuple[Remark, ...]:
    """A warning for every pair of which only one side is there. Half a pair answers nothing."""
    sides: dict[str, set[str]] = {}
    for member in members:
        if member.pair_id is not None and member.side is not None:
            sides.setdefault(member.pair_id, set()).add(member.side)
    return tuple(
        Remark("half-a-pair", f"Only the {there.pop()} side of {pair} is in the batch. Add the other, or it answers nothing.")
        for pair, there in sides.items()
        if len(there) == 1
    )
