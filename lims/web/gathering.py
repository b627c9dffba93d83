"""Gathering the messages of the pages, and keeping the catalogue that translates them.

``python -m lims.web.gathering`` writes new messages into ``messages.po`` (to be translated there), drops those that are gone, and
compiles it.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lims.pairs.vocabulary import TEMPLATES

WEB = Path(__file__).resolve().parent
CATALOGUE = WEB / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
_LOCALE = "zh_Hans_CN"
_WRITTEN_AT = datetime(2026, 11, 22, tzinfo=UTC)
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "later": None,
    "both": None,
    "in_other": None,
    "plural": (1, 2),
    "ngettext": (1, 2),
}
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_IN_ROOMS = [("web/**", "ignore"), ("**.py", "python")]
_OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}


def gather() -> Iterator[str | tuple[str, ...]]:
    """Every message of the pages, those about a number as (singular, plural), and every sentence of the rooms."""
    found = extract_from_dir(str(WEB), method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS)
    for _file, _line, message, _comments, _context in found:
        yield message if isinstance(message, str) else tuple(message)
    for _file, _line, message, _comments, _context in extract_from_dir(str(WEB.parent), method_map=_IN_ROOMS, keywords={"Sentence": None}):
        yield str(message)
    yield from TEMPLATES.values()


def read_catalogue() -> Catalog:
    """What is translated."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale=_LOCALE)


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as the service reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def renewed(known: Catalog) -> Catalog:
    """The messages of today, with what was translated of them."""
    catalogue = Catalog(locale=_LOCALE, project="lims", version="1", fuzzy=False, creation_date=_WRITTEN_AT, revision_date=_WRITTEN_AT)
    catalogue.header_comment = "# The pages of the service in 简体中文.\n#"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    for message in gather():
        before = known.get(message[0] if isinstance(message, tuple) else message)
        catalogue.add(message, before.string if before else None)
    return catalogue


def main() -> None:
    """Renew the catalogue and compile it."""
    catalogue, buffer = renewed(read_catalogue()), io.BytesIO()
    write_po(buffer, catalogue, no_location=True, sort_output=True, width=140)
    CATALOGUE.write_bytes(buffer.getvalue())
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(read_catalogue()))


if __name__ == "__main__":
    main()
