"""Texts that would make a second label, run something, or break a file, were they taken for anything but text."""

import random
import re

ATTACKS = (
    "x^FS^XZ^XA^FO10,10^A0N,50^FDPWNED^FS^PQ99^XZ",
    "~JR",
    "^XA^JUS^XZ",
    "~SD30",
    "^CC/",
    "/XA",
    "_5EXA",
    "_5E",
    "\\^",
    "^ID*",
    "\x02^XA\x03",
    "^FH\\^FD\\5EXZ",
    "＾ＸＡ",
    "\ud800^XZ",
    "%5EXA",
    "\r\n^XZ",
    ">;>5",
)
# Other printers' languages, markup, PDF, templates, spreadsheets, shells, databases.
_PIECES = (
    *ATTACKS,
    "\x1b%-12345X@PJL DISPLAY",
    "\x1bE",
    "\nP9999\n",
    "</title><script>alert(1)</script>",
    '"/><image href="http://127.0.0.1/x"/>',
    "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;",
    "]]>",
    "&#60;b&#62;",
    ") Tj ET Q endstream endobj 1 0 obj",
    "\\) \\( \\000 (",
    "%%EOF\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    "showPage",
    "{participant}",
    "{0.__class__}",
    "{{7*7}}",
    "${7*7}",
    "%s%n%(barcode)s",
    "=HYPERLINK(1)",
    "$(reboot)",
    "`reboot`",
    "'; DROP TABLE specimen; --",
    "../../etc/passwd",
    "\x00",
    "\u202e\u2066",
    "\u200b\ufeff",
    "e\u0301" * 20,
    "粪便",
    "🧬",
    "µ° ·…",
    "\x85\u2028\u2029",
    "\udfff",
    " " * 40,
    "W" * 300,
)
_COMMAND = re.compile(r"[\^~]([A-Z][A-Z0-9@]?)")
_ALLOWED = {"XA", "CI", "PW", "LL", "LH", "LS", "FO", "FT", "BY", "BX", "BC", "A0", "FH", "FD", "FS", "GB", "GF", "PQ", "XZ"}


def hostile_texts(count: int) -> list[str]:
    """So many, the same each time: every piece by itself, then pieces at random with characters at random between them."""
    chance = random.Random(2000)
    texts = [*_PIECES, "^XZ" * 3000]
    while len(texts) < count:
        texts.append("".join(chance.choice(_PIECES) + _noise(chance) for _ in range(4)))
    return texts[:count]


def _noise(chance: random.Random) -> str:
    """Up to three characters, of any kind there is."""
    return "".join(chr(chance.randrange(chance.choice((128, 0x11_0000)))) for _ in range(chance.randrange(4)))


def check_one_label(file: bytes) -> None:
    """One label in ZPL, made of our own commands only, each piece of data behind its hex announcement."""
    text = file.decode("ascii")
    assert text.startswith("^XA")
    assert text.endswith("^PQ1,0,1,Y^XZ\n")
    assert (text.count("^XA"), text.count("^XZ"), text.count("^PQ")) == (1, 1, 1)
    assert set(_COMMAND.findall(text)) <= _ALLOWED
    assert "~" not in text
    assert text.count("^") == len(_COMMAND.findall(text))
    assert text.count("^FH_^FD") == text.count("^FD")
