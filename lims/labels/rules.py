"""Which codes may be bound to a thing: those a label can carry and a scanner gives back unchanged."""

import re

from lims import ids
from lims.ids import WrongCheckCharacter
from lims.labels.errors import CodeNotUsable
from lims.sentences import Sentence

SHORTEST_CODE, LONGEST_CODE = 2, 30
GIVEN_CODE = re.compile(r"[A-Z0-9][A-Z0-9 ._/+#:-]{0,28}[A-Z0-9]")
"""The one pattern of codes from elsewhere: what may be bound is what a symbol may carry. Capitals only, for every code that is read
is put into capitals before it is looked up."""


def check_given_code(code: str) -> None:
    """A code that came with a tube: 2 to 30 characters, letters and digits at its ends.

    :raises WrongCheckCharacter: it has the form of a code of ours, and one character is wrong.
    :raises CodeNotUsable: it would not survive a label or a scanner.
    """
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        raise CodeNotUsable(code, Sentence("a code has 2 to 30 characters."))
    if GIVEN_CODE.fullmatch(code) is None:
        raise CodeNotUsable(code, Sentence("use letters, digits, and between them space . _ / + # : -"))
    if ids.looks_like_ours(code) and not ids.has_right_check(code):
        raise WrongCheckCharacter(code)
