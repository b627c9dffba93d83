"""Reading a rack scanner's file: which scanner wrote it is told by what is in it, never by its name.

Known by files of theirs: Thermo VisionMate, FluidX (Azenta), Ziath DP5, Micronic Code Reader, Traxcer, TrakMate text, and plain lists
of two or three columns. An empty hole and a tube that could not be read are different things, and stay so.
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from lims.ids import MalformedCode, normalise_code
from lims.racks.errors import FileNotUnderstood, NothingRead
from lims.racks.json_files import JsonHole, holes_of_json, looks_like_json
from lims.racks.tables import TextLine, check_is_text, check_size, text_lines
from lims.racks.vocabulary import Entry, RackFile, RackFormat, Said
from lims.sentences import Sentence

MOST_HOLES = 1_536
_EMPTY = frozenset({"", "NOTUBE", "EMPTY", "NOTRAKMATE", "NONE", "NULL"})
_UNREAD = frozenset({"NOREAD", "NOSCAN", "NOCODE", "BADCODE", "ERROR", "UNREAD", "READERROR"})
_STATUS_OF_A_CODE = frozenset({"OK", "SUCCESS", "READ", "GOOD"})
_PLACE = re.compile(r"(?:[A-Z]|A[A-F])[ :.-]?0*[1-9][0-9]?", re.IGNORECASE | re.ASCII)
"""The rows of a rack of 1,536 are A to AF; TR1 is a rack."""
_NUMBER = re.compile(r"0*[1-9][0-9]{0,3}", re.ASCII)
_TRAKMATE_HOLE = re.compile(r"\s*([A-Z]{1,2}0*[1-9][0-9]{0,2})\s*;\s*(.*?)\s*", re.IGNORECASE | re.ASCII)
_RACK_LINE = re.compile(r"(?:rack|rack id|rack barcode|plate|rack base name|plate barcode|container barcode)\s*[:=]\s*(\S+)", re.IGNORECASE)

_SYNONYMS = {
    "place": {"locationcell", "well", "position", "tubeposition", "tubelocation", "location", "cell", "wellposition", "pos"},
    "row": {"locationrow", "row", "tuberow"},
    "column": {"locationcolumn", "column", "col", "tubecolumn"},
    "code": {"tubecode", "tubeid", "2dbarcode", "tubebarcode", "barcode", "code", "2dcode", "tube", "sampleid"},
    "rack": {"rackid", "rackbarcode", "platebarcode", "containerbarcode", "rack", "plateid"},
    "status": {"status", "decodestatus", "readstatus", "result"},
}


def read_rack_file(content: bytes, name: str) -> RackFile:
    """What a file says, hole by hole, in its own order.

    :raises FileUnreadable: it is no text, no workbook, empty, or too large.
    :raises FileNotUnderstood: a line that fits no scanner's file; it is named.
    :raises NothingRead: it shows a rack in which no code was read.
    """
    check_size(content, name)
    if looks_like_json(content):
        rack, holes, format_ = holes_of_json(content, name)
        found = RackFile(format_, _rack_code(rack), tuple(_entry_of_json(name, hole) for hole in holes))
    else:
        found = _of_lines(text_lines(content, name), name)
    if not found.entries:
        raise FileNotUnderstood(name, Sentence("it names no hole and its code."))
    if not any(entry.said is Said.CODE for entry in found.entries):
        raise NothingRead(name)
    if len(found.entries) > MOST_HOLES:
        raise FileNotUnderstood(name, Sentence("it lists more holes than any rack has."))
    return found


def _of_lines(lines: Sequence[TextLine], name: str) -> RackFile:
    for at, line in enumerate(lines):
        heads = _heads(line)
        if "code" in heads and ("place" in heads or {"row", "column"} <= heads.keys()):
            return _with_header(lines[:at], heads, lines[at], lines[at + 1 :], name)
    if any(_TRAKMATE_HOLE.fullmatch(";".join(line.cells)) for line in lines) and _rack_of(lines) is not None:
        return _trakmate(lines, name)
    if len(lines) == 1 and len(lines[0].cells) >= 24:
        return _one_line(lines[0], name)
    return _bare(lines, name)


def _heads(line: TextLine) -> dict[str, int]:
    """Which column of a header holds what; empty for a line that is none."""
    found: dict[str, int] = {}
    for at, cell in enumerate(line.cells):
        told = re.sub(r"[\s_.-]", "", cell).lower()
        for what, names in _SYNONYMS.items():
            if told in names:
                found.setdefault(what, at)
    return found


def _with_header(before: Sequence[TextLine], heads: dict[str, int], header: TextLine, after: Sequence[TextLine], name: str) -> RackFile:
    entries, racks = [], dict[str, int]()
    for line in after:
        place = _cell(line, heads["place"]) if "place" in heads else _place_of(line, heads, name)
        entries.append(_entry(name, line, place, heads["code"], _cell(line, heads["status"]) if "status" in heads else ""))
        if "rack" in heads and (said := _rack_code(_cell(line, heads["rack"]))):
            racks.setdefault(said, line.line)
    return RackFile(_whose(header, before, heads), _one_rack(name, racks) or _rack_of(before), tuple(entries))


def _whose(header: TextLine, before: Sequence[TextLine], heads: dict[str, int]) -> RackFormat:
    told = {re.sub(r"[\s_.-]", "", cell).lower() for cell in header.cells}
    if told & {"locationcell", "locationrow"}:
        return RackFormat.VISIONMATE
    if "2dbarcode" in told:
        return RackFormat.FLUIDX
    if "status" in heads:
        return RackFormat.MICRONIC
    if "tubeid" in told and len(before) == 1 and len(before[0].filled) == 1:
        return RackFormat.TRAXCER
    return RackFormat.PLAIN


def _place_of(line: TextLine, heads: dict[str, int], name: str) -> str:
    """A hole from its row, a letter or a number, and its column."""
    row, column = _cell(line, heads["row"]).upper(), _cell(line, heads["column"])
    if _NUMBER.fullmatch(row) and int(row) <= len(ascii_uppercase):
        row = ascii_uppercase[int(row) - 1]
    if not _PLACE.fullmatch(row + column):
        why = Sentence("row “%(row)s”, column “%(column)s” is no hole.", row=row[:12], column=column[:12])
        raise FileNotUnderstood(name, why, line.line)
    return row + column


def _trakmate(lines: Sequence[TextLine], name: str) -> RackFile:
    entries = []
    for line in lines:
        if hole := _TRAKMATE_HOLE.fullmatch(";".join(line.cells)):
            entries.append(_entry(name, TextLine(line.line, (hole[1], hole[2])), hole[1], 1))
        elif entries:
            raise FileNotUnderstood(name, Sentence("it names no hole and its code."), line.line)
    return RackFile(RackFormat.TRAKMATE, _rack_of(lines), tuple(entries))


def _one_line(line: TextLine, name: str) -> RackFile:
    """Every hole of a rack in one line, along the rows, as VisionMate's server sends it."""
    entries = tuple(_entry(name, line, f"#{at + 1}", at) for at in range(len(line.cells)))
    return RackFile(RackFormat.VISIONMATE, None, entries)


def _bare(lines: Sequence[TextLine], name: str) -> RackFile:
    """Without a header: hole and code, or rack, hole and code."""
    rack = _rack_of(lines[:1])
    entries, racks = [], dict[str, int]()
    for line in lines[1:] if rack else lines:
        at = next((at for at, cell in enumerate(line.cells[:2]) if _PLACE.fullmatch(cell)), None)
        if at is None and _NUMBER.fullmatch(line.cells[0]) and len(line.filled) <= 2 and 0 not in line.numbers - {0}:
            at = 0
        if at is None or len(line.cells) > 4:
            raise FileNotUnderstood(name, Sentence("it is no hole with its code, and no header of a rack scanner known here."), line.line)
        entries.append(_entry(name, line, line.cells[at], at + 1))
        if at == 1 and (said := _rack_code(line.cells[0])):
            racks.setdefault(said, line.line)
    return RackFile(RackFormat.PLAIN, _one_rack(name, racks) or _rack_code(rack), tuple(entries))


def _entry(name: str, line: TextLine, place: str, code_at: int, status: str = "") -> Entry:
    return _read(name, line.line, place, check_is_text(name, line, code_at), status)


def _entry_of_json(name: str, hole: JsonHole) -> Entry:
    return _read(name, hole.line, hole.place, hole.code, hole.status)


def _read(name: str, line: int, place: str, text: str, status: str) -> Entry:
    """What is said of one hole. A status that says otherwise stands before the code."""
    if not place:
        raise FileNotUnderstood(name, Sentence("it names no hole."), line)
    code, told = _token(text), _token(status)
    if told and told not in _STATUS_OF_A_CODE | _EMPTY | _UNREAD:
        raise FileNotUnderstood(name, Sentence("the status “%(status)s” is not known.", status=status[:30]), line)
    if told in _UNREAD or code in _UNREAD:
        return Entry(line, place, Said.UNREAD)
    if code in _EMPTY:
        if told in _STATUS_OF_A_CODE:
            raise FileNotUnderstood(name, Sentence("it says that a tube was read, and no code."), line)
        return Entry(line, place, Said.EMPTY)
    try:
        return Entry(line, place, Said.CODE, normalise_code(text))
    except MalformedCode as error:
        raise FileNotUnderstood(name, Sentence("“%(code)s” cannot be a code: %(why)s", code=text[:40], why=error.why), line) from error


def _token(text: str) -> str:
    return re.sub(r"[\s_]", "", text).upper()


def _cell(line: TextLine, at: int) -> str:
    return line.cells[at] if at < len(line.cells) else ""


def _rack_of(lines: Sequence[TextLine]) -> str | None:
    """The rack's code in the lines before the holes: ``Rack ID,TS01``, ``Rack: TS01``, ``Rack Base Name: 02498606``, or alone."""
    for line in lines:
        text = ",".join(line.filled)
        heads = _heads(line)
        if heads.get("rack") == 0 and len(line.filled) == 2:
            return _rack_code(line.filled[1])
        if found := _RACK_LINE.match(text):
            return _rack_code(found[1].rstrip(","))
    if len(lines) == 1 and len(lines[0].filled) == 1 and not _PLACE.fullmatch(lines[0].filled[0]):
        return _rack_code(lines[0].filled[0])
    return None


def _rack_code(text: str | None) -> str | None:
    """The code of a rack; None where the scanner read none."""
    token = _token(text or "")
    return None if token in _EMPTY | _UNREAD or token.startswith("NORACK") else (text or "").strip()


def _one_rack(name: str, racks: dict[str, int]) -> str | None:
    if len(racks) > 1:
        (first, _), (other, line) = list(racks.items())[:2]
        why = Sentence("it is of rack %(other)s, and the lines before of %(first)s. Give one rack at a time.", other=other, first=first)
        raise FileNotUnderstood(name, why, line)
    return next(iter(racks), None)
