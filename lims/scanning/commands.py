"""Command cards: codes that name no thing but say what to do, so that the hand stays on the scanner.

A card's code is ``LIMS.MOVE.``. No tube, box or kit can ever be called so: a code ends in a letter or a digit, whether it is one of
ours, came with a tube, or is that of a copy. It holds only what every symbol may carry, every keyboard layout types alike, and
normalising leaves as it is.
"""

from enum import StrEnum
from typing import Final

_BEGINS: Final = "LIMS."
_ENDS: Final = "."


class Command(StrEnum):
    """What a card says, in the order the cards stand on their sheet."""

    OUT = "OUT"
    """Take out what is scanned next."""
    IN = "IN"
    """Put in what is scanned next."""
    MOVE = "MOVE"
    """Move what is scanned next to where is scanned after it."""
    PICK = "PICK"
    """Take out the tubes of a pick list, in the order one walks past them."""
    NOT_THERE = "NOTTHERE"
    """The tube to take next is not in its hole."""
    AUDIT = "AUDIT"
    """Check a box, tube by tube."""
    REBOX = "REBOX"
    """Fill a box anew, in any order."""
    PRINT = "PRINT"
    """Print the label of what was scanned last."""
    UNDO = "UNDO"
    """Take back the last act."""
    YES = "YES"
    NO = "NO"
    DONE = "DONE"
    """The work on hand is finished."""
    CANCEL = "CANCEL"
    """Leave the work on hand; nothing more of it is recorded."""


def code_of_command(command: Command) -> str:
    """What a command's card carries."""
    return f"{_BEGINS}{command}{_ENDS}"


def find_command(code: str) -> Command | None:
    """The command of a normalised code, if it is that of a card."""
    return _BY_CODE.get(code)


_BY_CODE: Final = {code_of_command(command): command for command in Command}
