"""A mapping file: TOML, checked as a whole, every fault told with its line. Ours lie in ``lims/imports/mappings``."""

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lims.errors import LimsError
from lims.imports.errors import MappingFileError, NoShippedMapping
from lims.imports.fields import FIELDS, NEEDED
from lims.imports.limits import folded
from lims.imports.mapping import DoseColumn, FileMapping, Meaning, PlaceColumn
from lims.imports.vocabulary import ImportKind, PlaceStep
from lims.storage.container_types import get_container_type
from lims.studies.protocol_errors import nearest
from lims.studies.protocol_tables import Form, Reading, Table, read_whole

_ONE = Form(r"\S", "one character")
_PATTERN = Form(r"[^\x00-\x1f]*%Y[^\x00-\x1f]*", "a pattern with the year as %Y, such as %Y-%m-%d %H:%M")
_NAME = Form(r"[^\x00-\x1f]*\{\}[^\x00-\x1f]*", "a text with {} where the cell goes")
_AT_LINE = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)
_COLDEST_C, _WARMEST_C = -196, 60


def shipped_mapping(name: str) -> str:
    """The text of a mapping that travels with the service: ``roster``, ``collections``, ``inventory``.

    :raises NoShippedMapping: there is none of that name.
    """
    for file in files("lims.imports").joinpath("mappings").iterdir():
        if file.name == f"{name.strip().lower()}.toml":
            return file.read_text(encoding="utf-8")
    raise NoShippedMapping(name)


def load_mapping(text: str, name: str) -> FileMapping:
    """The mapping that a file's text describes.

    :raises MappingFileError: with every fault and its line.
    """
    text = text.removeprefix("\ufeff")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.fullmatch(str(error))
        raise MappingFileError(name, [(int(found[2]) if found else 1, f"This is not TOML: {error}.")]) from None
    except RecursionError:
        raise MappingFileError(name, [(1, "Lists or tables are nested too deeply.")]) from None
    reading = Reading(text, values)
    mapping = read_whole(Table(reading, values, ()), lambda file: _read_mapping(file, name))
    if faults := reading.faults():
        raise MappingFileError(name, faults)
    return mapping


def _read_mapping(file: Table, name: str) -> FileMapping:
    kind = file.choice("kind", ImportKind)
    return FileMapping(
        name=name,
        kind=kind,
        study=file.text_or_none("study"),
        sheet=file.text_or_none("sheet"),
        encoding=_encoding(file),
        time_zone=_time_zone(file),
        instants=_patterns(file, "instants", needed=kind is not ImportKind.INVENTORY),
        days=_patterns(file, "days", needed=kind is not ImportKind.COLLECTIONS),
        decimal_mark=file.text_or_none("decimal_mark", _ONE) or ".",
        list_mark=file.text_or_none("list_mark", _ONE) or ";",
        participant_system=file.text_or_none("participant_system"),
        ignored=file.texts("ignored", needed=False),
        columns=_columns(file, kind),
        words=_words(file, kind),
        doses=file.rows("treatment", lambda row: DoseColumn(row.text("kind"), row.text("column")), needed=False),
        places=file.rows("place", _place, needed=False),
    )


def _columns(file: Table, kind: ImportKind) -> Mapping[str, tuple[str, ...]]:
    """One column for each field, or a list of the names it may have."""
    table = file.table("columns")
    columns: dict[str, tuple[str, ...]] = {}
    for key, value in table.values.items():
        if key not in FIELDS[kind]:
            near = nearest(key, FIELDS[kind])
            table.fault(
                key, f"A {kind} file has no {key}{f'; did you mean {near}?' if near else '; it may have ' + ', '.join(FIELDS[kind])}."
            )
        else:
            columns[key] = table.texts(key) if isinstance(value, list) else (table.text(key),)
    for needed in sorted(NEEDED[kind] - set(columns)):
        table.fault(None, f"columns lacks {needed}, which every row of a {kind} file must say.")
    return columns


def _words(file: Table, kind: ImportKind) -> Mapping[str, Mapping[str, Meaning]]:
    table = file.table_or_none("words")
    words: dict[str, dict[str, Meaning]] = {}
    for of in table.values if table is not None else ():
        assert table is not None
        if of not in FIELDS[kind]:
            table.fault(of, f"A {kind} file has no {of}.")
        elif (meanings := table.table_or_none(of)) is not None:
            words[of] = {folded(word): _meaning(meanings, word) for word in meanings.values}
    return words


def _meaning(words: Table, word: str) -> Meaning:
    if isinstance(words.values[word], dict):
        by_container = words.table(word)
        return {container: by_container.text(container) for container in by_container.values}
    return words.text(word)


def _place(row: Table) -> PlaceColumn:
    known = row.rows("known", _known_place, needed=False)
    return PlaceColumn(
        column=row.text("column"),
        type=_container_type(row),
        name=row.text_or_none("name", _NAME) or "{}",
        temperature_c=row.integer_or_none("temperature_c", _COLDEST_C, _WARMEST_C),
        known={folded(written): step for written, step in known},
    )


def _known_place(row: Table) -> tuple[str, PlaceStep]:
    written = row.text("written")
    name = row.text_or_none("name") or written
    return written, PlaceStep(_container_type(row), name, row.integer_or_none("temperature_c", _COLDEST_C, _WARMEST_C))


def _container_type(row: Table) -> str:
    code = row.text("type")
    try:
        return get_container_type(code).code
    except LimsError as error:
        row.fault("type", error.sentence)
        return "bag"


def _patterns(file: Table, key: str, *, needed: bool) -> tuple[str, ...]:
    patterns = file.texts(key, needed=needed)
    for pattern in patterns:
        if not _PATTERN.fits(pattern) or not _can_be_read(pattern):
            file.fault(key, f'{key} has "{pattern}"; it must be {_PATTERN.words}.')
    return patterns


def _can_be_read(pattern: str) -> bool:
    try:
        datetime.strptime(datetime(2026, 5, 3, 11, 2).strftime(pattern), pattern)  # noqa: DTZ001, DTZ007 the pattern is tried, no instant read
    except ValueError:
        return False
    return True


def _encoding(file: Table) -> str:
    encoding = file.text_or_none("encoding") or "utf-8"
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        file.fault("encoding", f'encoding is "{encoding}", which is none; write "utf-8" or "gb18030".')
        return "utf-8"


def _time_zone(file: Table) -> str:
    zone = file.text("time_zone")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if zone:
            file.fault("time_zone", f'time_zone is "{zone}", which is none; write one such as "Asia/Shanghai".')
        return "UTC"
    return zone
