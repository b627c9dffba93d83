"""A hole of a box as a code: ``C8T49KX2.A1``, the box's own code, a dot, and the hole as the box names it.

No thing is called so by us, and where a tube came with such a code of its own, that tube is meant: holes are looked for last.
"""

from typing import Final

from sqlalchemy.orm import Session

from lims.ids import MalformedCode
from lims.scanning.vocabulary import ScannedHole
from lims.storage.errors import NoSuchPosition
from lims.storage.holding import find_occupant
from lims.storage.queries import find_container
from lims.storage.rules import read_position

_DOT: Final = "."


def code_of_hole(box: str, position: str) -> str:
    """What the card of a hole carries."""
    return f"{box}{_DOT}{position}"


def find_scanned_hole(session: Session, code: str) -> ScannedHole | None:
    """The hole of this code, where there is such a box and it has such a hole."""
    box_code, dot, name = code.rpartition(_DOT)
    if not dot or not name:
        return None
    try:
        box = find_container(session, box_code)
    except MalformedCode:
        return None
    if box is None or box.closed_at is not None:
        return None
    try:
        hole = box.hole(read_position(name, box))
    except NoSuchPosition:
        return None
    occupant = find_occupant(session, hole)
    return ScannedHole(
        id=box.id,
        barcode=box.barcode,
        name=box.name,
        position=hole.position_text or "",
        occupant=None if occupant is None else occupant.barcode,
        away=occupant is not None and occupant.away,
    )
