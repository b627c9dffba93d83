"""What a secret looks like: a token for a machine, a session of a browser, a link to set a password. Kept as one SHA-256 each.

256 random bits cannot be guessed, so nothing slower than SHA-256 is needed, and a request costs microseconds (a slow hash on every
request is what made the peers of this service slow).
"""

import hashlib
import re
import secrets
import string

_DIGITS = string.digits + string.ascii_lowercase
_ALPHANUMERIC = string.digits + string.ascii_letters
_SECRET_CHARACTERS = 43  # 62^43 > 2^256
_TOKEN = re.compile(r"lims_([0-9a-z]{1,13})_[0-9A-Za-z]{43}")


def new_token(token_id: int) -> str:
    """A fresh token, ``lims_<id>_<secret>``: the id finds its row, and the form lets a leaked one be recognised."""
    return f"lims_{_in_base36(token_id)}_{''.join(secrets.choice(_ALPHANUMERIC) for _ in range(_SECRET_CHARACTERS))}"


def token_id(token: str) -> int | None:
    """The id a token names, or None where it is no token of ours."""
    found = _TOKEN.fullmatch(token)
    number = int(found.group(1), 36) if found else None
    return number if number is not None and number < 2**63 else None


def new_secret() -> str:
    """A fresh secret for a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _in_base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
