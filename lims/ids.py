"""Identity: opaque barcodes with a check character, and how a typed or scanned code is read.

The alphabet has no 0 O 1 I L, so nothing on a frosted tube can be taken for something else. The check character is a pure
MOD 31, radix 3 sum over that alphabet (31 is prime and 3 a primitive root: every single substitution and every swap of two
characters is caught). It is our own scheme, not ISO 7064, whose check characters can be ``*``, O or 1.
"""

import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum

from lims.errors import Finding, InvalidInput
from lims.sentences import Sentence

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RANDOM_CHARACTERS = 6
BARCODE_LENGTH = RANDOM_CHARACTERS + 2
LONGEST_CODE = 64

_AIM_PREFIX = re.compile(r"^\][A-Za-z][0-9A-Za-z]")


class Prefix(StrEnum):
    """The first letter of a barcode: what kind of thing carries it, for the eye alone. Logic asks the database."""

    SPECIMEN = "S"
    CONTAINER = "C"
    KIT = "K"
    PERSON = "U"


_OURS = re.compile(rf"[{''.join(Prefix)}][{ALPHABET}]{{{BARCODE_LENGTH - 1}}}")


class MalformedCode(InvalidInput):
    """A code that cannot be a code: empty, too long, or with characters no label carries."""

    code = "ids.malformed-code"

    def __init__(self, read: str, why: str) -> None:
        shown = _shown(read)
        super().__init__(f"Read as '{shown}': {why} Scan it again.", (Finding("code", why, shown),))
        self.read, self.why = shown, why


class WrongCheckCharacter(InvalidInput):
    """A code of ours in which a character is wrong."""

    code = "ids.wrong-check-character"

    def __init__(self, read: str) -> None:
        super().__init__(
            f"Scan it again. Read as {in_fours(read)}, and one character of that is wrong.",
            (Finding("code", Sentence("the check character does not fit"), read),),
        )
        self.read = read


class MisreadCode(WrongCheckCharacter):
    """The same of a code that was looked up: no thing can have it, so none was found."""


def check_character(body: str) -> str:
    """The character that makes ``body`` a whole code. ``body`` holds only characters of :data:`ALPHABET`."""
    value = 0
    for character in body:
        value = (value + ALPHABET.index(character)) * 3 % 31
    return ALPHABET[-value % 31]


def has_right_check(code: str) -> bool:
    """Whether the last character of ``code`` is the check character of the rest."""
    return len(code) > 1 and all(character in ALPHABET for character in code) and check_character(code[:-1]) == code[-1]


def new_barcode(prefix: Prefix) -> str:
    """A fresh opaque barcode; that nobody has it yet is for the database to say."""
    drawn, body = secrets.randbelow(len(ALPHABET) ** RANDOM_CHARACTERS), prefix.value
    for _ in range(RANDOM_CHARACTERS):
        drawn, character = divmod(drawn, len(ALPHABET))
        body += ALPHABET[character]
    return body + check_character(body)


def looks_like_ours(code: str) -> bool:
    """Whether ``code`` has the form of a barcode of ours, right or wrong check character."""
    return _OURS.fullmatch(code) is not None


def looks_like_copy(code: str) -> bool:
    """Whether ``code`` has the form of a later copy of a label of ours: a right barcode, and one character more."""
    return len(code) == BARCODE_LENGTH + 1 and looks_like_ours(code[:-1]) and has_right_check(code[:-1]) and code[-1] in ALPHABET


def normalise_code(read: str) -> str:
    """What a scanner or a hand gave, as the code it stands for: no AIM prefix, no white space at the ends, upper case.

    Codes of ours, and those of their copies, may be typed in fours, with spaces between. Nothing is guessed: an O stays an O.

    :raises MalformedCode: empty, longer than 64 characters, or with a control or non-ASCII character.
    """
    code = _AIM_PREFIX.sub("", read.strip(" \t\r\n\x1d\x1e\x04")).strip(" \t\r\n\x1d")
    if not code:
        raise MalformedCode(read, Sentence("nothing was read."))
    if len(code) > LONGEST_CODE:
        raise MalformedCode(code, Sentence("a code has at most %(most)s characters.", most=LONGEST_CODE))
    if any(not " " <= character <= "~" for character in code):
        raise MalformedCode(code, Sentence("it holds a character that no label carries."))
    code = code.upper()  # not before: upper case makes SS of ß and an S of ſ
    together = code.replace(" ", "")
    return together if looks_like_ours(together) or looks_like_copy(together) else code


def codes_among(reads: Iterable[str]) -> list[str]:
    """Of what was read, what can be a code: normalised, each once, in the order read."""
    codes: dict[str, None] = {}
    for read in reads:
        with suppress(MalformedCode):
            codes[normalise_code(read)] = None
    return list(codes)


def in_fours(code: str) -> str:
    """A code of ours as it is shown, ``S3WJ WJD8``, or ``S3WJ WJD8 2`` of a copy; another code as it is."""
    if looks_like_ours(code):
        return f"{code[:4]} {code[4:]}"
    return f"{code[:4]} {code[4:8]} {code[8:]}" if looks_like_copy(code) else code


def _shown(read: str) -> str:
    """What was read, fit for any screen and any file: control characters and half characters as their escapes."""
    escaped = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in read[:LONGEST_CODE])
    return escaped + ("…" if len(read) > LONGEST_CODE else "")
