"""The benchtop sheet: a card for each command, to print, cut and keep beside the scanner."""

from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.http_context import allow
from lims.scanning.commands import Command, code_of_command
from lims.web.frame import page, web
from lims.web.messages import later
from lims.web.symbol_pictures import SymbolPicture, code_128_picture, datamatrix_picture

WORDS: dict[Command, tuple[str, str, str]] = {
    Command.OUT: ("up", later("OUT"), later("Then scan what you take out.")),
    Command.IN: ("back", later("IN"), later("Then scan what you put in.")),
    Command.MOVE: ("swap", later("MOVE"), later("Then scan what you move, and where to.")),
    Command.PICK: ("list", later("PICK"), later("Then scan the pick list, and each tube you take.")),
    Command.NOT_THERE: ("flag", later("NOT THERE"), later("The tube to take next is not in its hole.")),
    Command.REBOX: ("box", later("REBOX"), later("Then scan a spilled box, and each tube as it goes in.")),
    Command.AUDIT: ("tick", later("AUDIT"), later("Then scan the box, and each tube in it.")),
    Command.PRINT: ("print", later("PRINT"), later("Prints the label of what you scanned last.")),
    Command.UNDO: ("undo", later("UNDO"), later("Takes back the last act.")),
    Command.YES: ("tick", later("YES"), later("Answers the question on the screen.")),
    Command.NO: ("cross", later("NO"), later("Answers the question on the screen.")),
    Command.DONE: ("flag", later("DONE"), later("Ends the work on hand.")),
    Command.CANCEL: ("lost", later("CANCEL"), later("Leaves the work on hand; nothing more of it is recorded.")),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One card of the sheet."""

    code: str
    icon: str
    message: str
    hint: str
    square: SymbolPicture
    bars: SymbolPicture


@web.get("/bench-sheet")
@allow(Action.READ)
def bench_sheet() -> ResponseReturnValue:
    """All cards, on as few sheets of A4 as they need."""
    return page("bench_sheet.html", cards=[_card(command) for command in Command])


def _card(command: Command) -> Card:
    code = code_of_command(command)
    return Card(code, *WORDS[command], datamatrix_picture(code), code_128_picture(code))
