"""Reads of manifests: those of a batch, one by its number, its bytes, who pulled it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from lims.accounts.models import UserAccount
from lims.batches.models import Batch
from lims.batches.queries import get_batch
from lims.db import table_of
from lims.sequencing.errors import UnknownFormat, UnknownManifest
from lims.sequencing.models import Manifest, ManifestDocument, ManifestPull
from lims.sequencing.vocabulary import ManifestFormat, ManifestRecord, PullRecord

_NUMBER = re.compile(r"M-[0-9]{6,12}", re.ASCII)
_MANIFEST, _DOCUMENT, _PULL = table_of(Manifest).c, table_of(ManifestDocument).c, table_of(ManifestPull).c
_BATCH, _PERSON = table_of(Batch).c, table_of(UserAccount).c
_MANIFESTS = (
    select(
        _MANIFEST.id,
        _MANIFEST.number,
        _BATCH.code.label("batch"),
        _BATCH.assay,
        _MANIFEST.line_count,
        _MANIFEST.issued_at,
        _PERSON.username.label("issued_by"),
        _DOCUMENT.format,
        _DOCUMENT.sha256,
    )
    .join(table_of(Batch), _BATCH.id == _MANIFEST.batch_id)
    .join(table_of(UserAccount), _PERSON.id == _MANIFEST.issued_by)
    .join(table_of(ManifestDocument), _DOCUMENT.manifest_id == _MANIFEST.id)
    .order_by(_MANIFEST.id, _DOCUMENT.format)
)
_BY_NUMBER = _MANIFESTS.where(_MANIFEST.number == bindparam("number"))
_OF_BATCH = _MANIFESTS.where(_MANIFEST.batch_id == bindparam("batch_id"))
_CONTENT = (
    select(_MANIFEST.id, _MANIFEST.number, _DOCUMENT.content, _DOCUMENT.sha256)
    .join(table_of(ManifestDocument), _DOCUMENT.manifest_id == _MANIFEST.id)
    .where(_MANIFEST.number == bindparam("number"), _DOCUMENT.format == bindparam("format"))
)
_PULLS = (
    select(_PULL.format, _PERSON.username.label("pulled_by"), _PULL.pulled_at)
    .join(table_of(UserAccount), _PERSON.id == _PULL.actor_id)
    .where(_PULL.manifest_id == bindparam("manifest_id"))
    .order_by(_PULL.id)
)


def list_manifests(session: Session, batch_code: str) -> list[ManifestRecord]:
    """The manifests of a batch, the first issued first. Two statements.

    :raises UnknownBatch: none has that code.
    """
    return _records(session.execute(_OF_BATCH, {"batch_id": get_batch(session, batch_code).id}))


def get_manifest(session: Session, number: str) -> ManifestRecord:
    """A manifest by its number, without its bytes.

    :raises UnknownManifest: none has that number.
    """
    found = _records(session.execute(_BY_NUMBER, {"number": manifest_number(number)}))
    if not found:
        raise UnknownManifest(number)
    return found[0]


def list_pulls(session: Session, number: str) -> list[PullRecord]:
    """Who took a copy, and when, the first first.

    :raises UnknownManifest: none has that number.
    """
    rows = session.execute(_PULLS, {"manifest_id": get_manifest(session, number).id})
    return [PullRecord(**row._mapping) for row in rows]


def kept_bytes(session: Session, number: str, format_: ManifestFormat) -> Row[*tuple[Any, ...]]:
    """The row of a document: id, number, content, sha256. One statement.

    :raises UnknownManifest: none has that number.
    """
    row = session.execute(_CONTENT, {"number": manifest_number(number), "format": format_.value}).one_or_none()
    if row is None:
        raise UnknownManifest(number)
    return row


def manifest_format(given: str) -> ManifestFormat:
    """
    :raises UnknownFormat: a manifest is not kept in that form.
    """
    try:
        return ManifestFormat(given.strip().lower())
    except ValueError as error:
        raise UnknownFormat(given, [each.value for each in ManifestFormat]) from error


def manifest_number(given: str) -> str:
    """A number as it is written, ``M-000001``.

    :raises UnknownManifest: no manifest can have it.
    """
    number = given.strip().upper()
    if _NUMBER.fullmatch(number) is None:
        raise UnknownManifest(given)
    return number


def _records(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[ManifestRecord]:
    checksums: dict[int, dict[str, str]] = defaultdict(dict)
    facts: dict[int, dict[str, Any]] = {}
    for row in rows:
        facts[row.id] = {name: value for name, value in row._mapping.items() if name not in {"format", "sha256"}}
        checksums[row.id][row.format] = row.sha256
    return [ManifestRecord(**known, sha256=checksums[manifest_id]) for manifest_id, known in facts.items()]
