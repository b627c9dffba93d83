"""Whose labels are wanted: codes that were scanned, or all tubes of a box, of a participant, of a collection, of kits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request
from sqlalchemy.orm import Session

from lims.ids import in_fours, looks_like_ours
from lims.kits.queries import list_kits_of_codes
from lims.kits.service import MOST_KITS
from lims.kits.vocabulary import TubeState
from lims.specimens.vocabulary import SpecimenState
from lims.storage.queries import get_container
from lims.storage.records import TubeFilter
from lims.storage.tubes import Tube, list_tubes
from lims.studies.queries import get_participant
from lims.web.label_history import history_of, standing_of

MOST = 500
_GONE = {SpecimenState.DISPATCHED, SpecimenState.DEPLETED, SpecimenState.DISPOSED}


@dataclass(frozen=True, slots=True)
class Source:
    """Codes in the order they are to be printed in, and where they come from: its name, and what the address says of it.

    ``first_of_more``: there were more than :data:`MOST`, and these are the first.
    """

    codes: tuple[str, ...]
    name: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    first_of_more: bool = False


def source_of_request(session: Session) -> Source:
    """What the address (or the form) of this request asks for.

    :raises UnknownContainer: as :class:`UnknownParticipant`: what is named does not exist.
    """
    values = request.values
    if box := values.get("box", "").strip():
        container = get_container(session, box)
        return _of_tubes(session, TubeFilter(container=container.barcode), container.name, {"box": container.barcode})
    if participant := values.get("participant", "").strip():
        person = get_participant(session, participant)
        return _of_tubes(session, TubeFilter(study=person.study_code, participant=person.code), person.code, {"participant": person.code})
    if kits := values.get("kit", "").split():
        found = list_kits_of_codes(session, kits[:MOST_KITS])
        waiting = tuple(tube.barcode for kit in found for tube in kit.tubes_that_are(TubeState.READY))
        names = [" ".join(filter(None, (kit.summary.participant or in_fours(kit.summary.barcode), kit.summary.timepoint))) for kit in found]
        address = {"kit": " ".join(kit.summary.barcode for kit in found)}
        return Source(waiting[:MOST], names[0] if len(names) == 1 else "", address, len(waiting) > MOST)
    if (collection := values.get("collection", type=int)) is not None:
        return _of_tubes(session, TubeFilter(collection_id=min(collection, 2**62)), "", {"collection": str(collection)})
    given = [code.strip() for code in values.getlist("code") if code.strip()]
    typed = [code for line in values.get("codes", "").splitlines() for code in _codes_of_line(line.strip())]
    asked = tuple(dict.fromkeys([*typed, *given]))
    codes = asked[:MOST]
    address = {"codes": " ".join(codes) if all(map(_is_one_word, codes)) else "\n".join(codes)} if codes else {}
    return Source(codes, address=address, first_of_more=len(asked) > MOST)


def tubes_at_hand(session: Session, wanted: TubeFilter) -> tuple[list[Tube], bool]:
    """The tubes that may still need a label, hole by hole, then those without a hole; and whether only the first were looked at."""
    found = list_tubes(session, wanted, limit=MOST + 1)
    tubes = [tube for tube in found[:MOST] if tube.state not in _GONE and tube.withdrawn_on is None]
    return sorted(tubes, key=_working_order), len(found) > MOST


def _of_tubes(session: Session, wanted: TubeFilter, name: str, address: Mapping[str, str]) -> Source:
    tubes, first_of_more = tubes_at_hand(session, wanted)
    if request.values.get("only") == "without":
        histories = history_of(session, [tube.id for tube in tubes])
        tubes = [tube for tube in tubes if standing_of(histories.get(tube.id, ())) == "without"]
        address = {**address, "only": "without"}
    return Source(tuple(tube.barcode for tube in tubes), name, address, first_of_more)


def _codes_of_line(line: str) -> list[str]:
    """A line is one code, which may hold spaces; several of ours may stand in one line."""
    words = line.split()
    return words if all(map(_is_one_word, words)) else [line]


def _is_one_word(word: str) -> bool:
    return looks_like_ours(word.upper())


def _working_order(tube: Tube) -> tuple[bool, int, tuple[int, int], int]:
    place = tube.place
    if place is None or place.position is None:
        return True, 0, (0, 0), tube.id
    return False, place.container_id, (place.position.row, place.position.column), tube.id
