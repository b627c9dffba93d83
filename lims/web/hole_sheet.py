"""The hole sheet of a box: a symbol for each hole, laid out as the box is, to lie beside it where tubes go to chosen holes."""

from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.http_context import allow, read
from lims.scanning.holes import code_of_hole
from lims.sentences import Sentence
from lims.storage.errors import MayNotHold
from lims.storage.queries import get_container
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import Position
from lims.web.frame import page, web
from lims.web.symbol_pictures import SymbolPicture, datamatrix_picture


@dataclass(frozen=True, slots=True)
class HoleCard:
    """A hole, by its name and its symbol."""

    position: str
    code: str
    symbol: SymbolPicture


@web.get("/containers/<code>/hole-sheet")
@allow(Action.READ)
def hole_sheet(code: str) -> ResponseReturnValue:
    """Every hole of the box, on one sheet."""
    with read() as (session, _actor):
        box = get_container(session, code)
    grid = box.grid
    if grid is None:
        raise MayNotHold(box.name, Sentence("has no holes. Open a box in it."))
    cards = [_card(box, position) for position in grid]
    return page("hole_sheet.html", box=box, rows=[cards[start : start + grid.columns] for start in range(0, len(cards), grid.columns)])


def _card(box: ContainerRecord, position: Position) -> HoleCard:
    name = box.position_text(position) or ""
    code = code_of_hole(box.barcode, name)
    return HoleCard(name, code, datamatrix_picture(code))
