"""Passwords: which are refused, and how they are kept (argon2id, OWASP's least cost: 19 MiB, 2 passes, 1 lane).

Any characters, no composition rules and no forced change (ASVS 5.0, 6.2): length, and not what others would try first.
"""

import functools
import re
import threading
import unicodedata
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lims.accounts.errors import PasswordTooWeak
from lims.sentences import Sentence

SHORTEST, LONGEST = 8, 128
COMMON_WORDS = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())
"""What people make passwords of, in lower case and without the digits around it."""

_OF_THIS_PLACE = ("lims", "ildr", "biobank", "specimen", "laboratory")
_FEWEST_DIFFERENT = 4
_KEYBOARD_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")
_LEET = str.maketrans("0134578@$!", "oleastbasi")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_once = threading.BoundedSemaphore(2)  # each takes 19 MiB and a core: a flood of sign-ins may not take them all


def check_password(password: str, username: str) -> None:
    """
    :raises PasswordTooWeak: too short or long, a common one, or made of the person's own name or this place's.
    """
    lowered = unicodedata.normalize("NFKC", password).lower()
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(
            Sentence("Take %(least)s to %(most)s characters; a few words in a row are easy to keep in mind.", least=SHORTEST, most=LONGEST)
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise PasswordTooWeak(Sentence("It holds a character that cannot be typed. Choose another password."))
    if username.lower() in lowered or lowered in username.lower():
        raise PasswordTooWeak(Sentence("It holds the name you sign in with. Choose another password."))
    if _is_of_this_place(lowered):
        raise PasswordTooWeak(Sentence("It is made of this place's name. Choose another password."))
    if is_common(lowered):
        raise PasswordTooWeak(Sentence("Many people have that password, so it is tried first. Choose another."))


def is_common(password: str) -> bool:
    """Whether ``password`` is a common word however dressed up with digits and signs, one sign repeated, or a walk on the keyboard."""
    lowered = password.lower()
    if len(set(lowered)) < _FEWEST_DIFFERENT or lowered in COMMON_WORDS:
        return True
    bare = {_undressed(lowered), _undressed(lowered).translate(_LEET), _undressed(lowered.translate(_LEET))}
    return bool(bare & COMMON_WORDS) or _is_a_walk(lowered)


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _two_at_once:
        return _hasher.hash(_as_bytes(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one that was kept; takes as long when nothing was kept, so that names cannot be found out."""
    given = _as_bytes(password[:LONGEST])
    with _two_at_once:
        try:
            _hasher.verify(kept or _nobodys_hash(), given)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None and len(password) <= LONGEST


def is_outdated(kept: str) -> bool:
    """Whether a kept hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(kept)


def _is_of_this_place(lowered: str) -> bool:
    """Whether, without this place's words, fewer than eight characters are left."""
    rest = re.sub("|".join(_OF_THIS_PLACE), "", lowered)
    return rest != lowered and len(rest) < SHORTEST


def _undressed(lowered: str) -> str:
    """Without the digits and signs before and behind."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)


def _is_a_walk(lowered: str) -> bool:
    """Whether all of it is neighbours on the keyboard, in the alphabet or in counting."""
    steps = [row + row[::-1] for row in _KEYBOARD_ROWS]
    pieces = re.findall(r"[a-z]+|\d+", lowered)
    together = "".join(pieces)
    return together == re.sub(r"[\W_]+", "", lowered) and all(
        any(piece in row for row in steps) for piece in (pieces if together not in _KEYBOARD_ROWS[-1] else [together])
    )


def _as_bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash(b"nobody has this password")
