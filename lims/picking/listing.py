"""What comes onto a pick list: tubes by their codes, of a batch, or that a filter finds; and what does not, with a reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lims.batches.queries import get_batch, members_of
from lims.batches.vocabulary import BatchRecord
from lims.errors import LimsError
from lims.ids import MalformedCode, in_fours, normalise_code
from lims.picking.rules import MOST_LINES, check_length
from lims.picking.vocabulary import MakePickList, NotListed, WantedCode
from lims.sentences import Sentence
from lims.specimens.queries import no_such_specimen
from lims.specimens.vocabulary import SpecimenState
from lims.storage.tubes import Tube, find_tubes, list_tubes

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """What comes onto a list, and what does not."""

    tubes: tuple[Tube, ...]
    not_listed: tuple[NotListed, ...]
    batch: BatchRecord | None = None


def tubes_wanted(session: Session, command: MakePickList) -> Listed:
    """The tubes of a command that can be taken out of a hole, each once.

    :raises BadPickList: more than one list holds; none is left out in silence.
    """
    if command.batch is not None:
        batch = get_batch(session, command.batch)
        codes = tuple(WantedCode(line, member.barcode) for line, member in enumerate(members_of(session, batch.id), 1))
        listed = _by_code(session, codes, batch)
    elif command.wanted is not None:
        listed = _listed(enumerate(_found(session, command), 1))
    else:
        listed = _by_code(session, command.codes, None)
    check_length(len(listed.tubes))
    return listed


def _by_code(session: Session, codes: Sequence[WantedCode], batch: BatchRecord | None) -> Listed:
    readable: list[tuple[WantedCode, str]] = []
    not_listed = []
    for wanted in codes:
        try:
            readable.append((wanted, normalise_code(wanted.code)))
        except MalformedCode as error:
            not_listed.append(_because(wanted, error))
    found = find_tubes(session, [code for _, code in readable])
    tubes: list[tuple[int, Tube]] = []
    for wanted, code in readable:
        if code in found:
            tubes.append((wanted.line, found[code]))
        else:
            not_listed.append(_because(wanted, no_such_specimen(session, code)))
    listed = _listed(iter(tubes))
    return Listed(listed.tubes, tuple(sorted((*not_listed, *listed.not_listed), key=lambda each: each.line)), batch)


def _found(session: Session, command: MakePickList) -> Iterator[Tube]:
    """The tubes of a filter that lie in a hole; no more once there are too many."""
    after, count = 0, 0
    wanted = command.wanted
    while wanted is not None and count <= MOST_LINES and (tubes := list_tubes(session, wanted, after=after, limit=_PAGE)):
        after = tubes[-1].id
        lying = [tube for tube in tubes if tube.place is not None and not tube.place.away]
        count += len(lying)
        yield from lying


def _listed(tubes: Iterator[tuple[int, Tube]]) -> Listed:
    taken: dict[int, Tube] = {}
    not_listed = []
    for line, tube in tubes:
        why = _why_not(tube, taken)
        if why is None:
            taken[tube.id] = tube
        else:
            not_listed.append(NotListed(line, tube.barcode, *why))
    return Listed(tuple(taken.values()), tuple(not_listed))


def _why_not(tube: Tube, taken: dict[int, Tube]) -> tuple[str, Sentence] | None:
    name = in_fours(tube.barcode)
    if tube.id in taken:
        return "twice", Sentence("%(barcode)s stands on it already.", barcode=name)
    if tube.place is None:
        return "in-no-hole", Sentence("%(barcode)s is in no hole: nobody can say where to find it.", barcode=name)
    if tube.place.away or tube.state == SpecimenState.CHECKED_OUT:
        return "out", Sentence("%(barcode)s is out already.", barcode=name)
    if tube.state in {SpecimenState.DISPATCHED, SpecimenState.DISPOSED, SpecimenState.DEPLETED}:
        return "gone", Sentence("Nothing can be taken of %(barcode)s any more.", barcode=name)
    return None


def _because(wanted: WantedCode, error: LimsError) -> NotListed:
    sentence = error.sentence if isinstance(error.sentence, Sentence) else Sentence("%(why)s", why=error.sentence)
    return NotListed(wanted.line, wanted.code[:64], error.code, sentence)
