"""A keyboard-wedge scanner at a real browser: trusted key events, each with the time at which the scanner sent it; and the answer.

The times are the scanner's own, however busy the machine is that runs the test: the browser gives them to the page as they are.
"""

import re
import time
from collections.abc import Iterable, Sequence

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

_SHIFT = 8
_CODES = {"-": ("Minus", False), ".": ("Period", False), " ": ("Space", False), "]": ("BracketRight", False), "/": ("Slash", False)}
_NAMED = {"Enter": ("Enter", "\r", 13), "Tab": ("Tab", "", 9)}
_FRENCH = dict(
    zip("QWAZqwaz1234567890Mm-./", "AZQWazqw&é\"'(-è_çà?,):!", strict=True)  # what an AZERTY keyboard types on these physical keys
)
_GERMAN = dict(zip("YZyz-/", "ZYzyß-", strict=True))
LAYOUTS = {"us": {}, "fr": _FRENCH, "de": _GERMAN}


class Wedge:
    """One scanner, set to a US keyboard, at the computer of ``layout``."""

    def __init__(self, page: Page, layout: str = "us") -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._layout = LAYOUTS[layout]
        self.scans = 0

    def scan(self, code: str, gaps_ms: Sequence[float] | float = 8, *, end: Iterable[str] = ("Enter",)) -> None:
        """Send a code and its terminator."""
        self.scans += 1
        self.press([*code, *end], gaps_ms)

    def press(self, keys: Sequence[str], gaps_ms: Sequence[float] | float) -> None:
        """Press these keys, so far apart."""
        at = time.time()
        for index, key in enumerate(keys):
            self._press(key, at)
            at += (gaps_ms if isinstance(gaps_ms, int | float) else gaps_ms[index % len(gaps_ms)]) / 1000

    def _press(self, key: str, at: float) -> None:
        name, text, code, shift, number = self._key(key)
        held = {"modifiers": _SHIFT if shift else 0, "windowsVirtualKeyCode": number, "key": name, "code": code, "timestamp": at}
        self._cdp.send("Input.dispatchKeyEvent", {"type": "keyDown" if text else "rawKeyDown", "text": text, **held})
        self._cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **held})

    def _key(self, key: str) -> tuple[str, str, str, bool, int]:
        """Name, text, physical key, whether with Shift, and its number."""
        if key in _NAMED:
            name, text, number = _NAMED[key]
            return name, text, name, False, number
        typed = self._layout.get(key, key)
        if key.isascii() and key.isalpha():
            return typed, typed, f"Key{key.upper()}", key.isupper(), ord(key.upper())
        if key.isdigit():
            return typed, typed, f"Digit{key}", False, ord(key)
        code, shift = _CODES[key]
        return typed, typed, code, shift, 0


def told(page: Page, title: str, outcome: str | None = None) -> None:
    """Wait for a banner that says so. It is looked for many times a second; an ``expect`` would sleep through most of a scan."""
    banner = ".banner" if outcome is None else f".banner[data-outcome={outcome}]"
    try:
        page.locator(f"{banner} .title", has_text=re.compile(re.escape(title))).wait_for()
    except PlaywrightTimeoutError:
        raise AssertionError(f"The banner says {page.locator('.banner').all_inner_texts()}, not {title!r} ({outcome}).") from None
