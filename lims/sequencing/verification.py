"""Verifying manifests: the bytes kept against the checksums written down when they were issued, and each pull against its event."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lims.batches.models import Batch
from lims.custody.verification import Difference
from lims.custody.vocabulary import Event, EventType, Json, SubjectKind
from lims.db import table_of
from lims.sequencing.models import Manifest, ManifestDocument, ManifestPull

_MANIFEST, _DOCUMENT, _PULL = table_of(Manifest).c, table_of(ManifestDocument).c, table_of(ManifestPull).c
_ROWS = (
    select(_MANIFEST.id, _MANIFEST.number, _MANIFEST.line_count, table_of(Batch).c.code)
    .join(table_of(Batch), table_of(Batch).c.id == _MANIFEST.batch_id)
    .where(_MANIFEST.id.in_(bindparam("ids", expanding=True)))
)
_DOCUMENTS = select(_DOCUMENT.manifest_id, _DOCUMENT.format, _DOCUMENT.content, _DOCUMENT.sha256).where(
    _DOCUMENT.manifest_id.in_(bindparam("ids", expanding=True))
)
_PULLS = select(_PULL.manifest_id, _PULL.id, _PULL.format).where(_PULL.manifest_id.in_(bindparam("ids", expanding=True)))
FETCHED_TOGETHER = 10
"""How many documents are in memory at once: one may have a megabyte."""


def check_manifests(session: Session, histories: dict[int, list[Event]]) -> Iterator[Difference]:
    """Each manifest's number, batch, lines, bytes and pulls, against its events. Three statements, however many manifests."""
    asked = {"ids": list(histories)}
    rows = {row.id: row for row in session.execute(_ROWS, asked)}
    issued: dict[int, Mapping[str, Json]] = {}
    for manifest_id, events in histories.items():
        facts = next((event.facts for event in events if event.type is EventType.MANIFEST_ISSUED), {})
        row = rows.get(manifest_id)
        if row is None:
            yield _differs(manifest_id, "it has events and no row")
        elif (facts.get("manifest"), facts.get("batch"), facts.get("lines")) != (row.number, row.code, row.line_count):
            yield _differs(manifest_id, f"{row.number} of {row.code} with {row.line_count} lines is not what was written")
        issued[manifest_id] = facts
    yield from _document_differences(session, issued)
    yield from _pull_differences(session, histories)


def _document_differences(session: Session, issued: Mapping[int, Mapping[str, Json]]) -> Iterator[Difference]:
    missing = {manifest_id: dict(facts.get("sha256") or {}) for manifest_id, facts in issued.items()}
    kept = session.execute(_DOCUMENTS, {"ids": list(issued)}, execution_options={"yield_per": FETCHED_TOGETHER})
    for document in kept:
        said = missing[document.manifest_id].pop(document.format, None)
        found = hashlib.sha256(document.content).hexdigest()
        if not found == document.sha256 == said:
            name = issued[document.manifest_id].get("manifest", "")
            sentence = f"{name} as {document.format} is not what was issued: its SHA-256 is {found}, and {said} was written"
            yield _differs(document.manifest_id, sentence)
    for manifest_id, formats in missing.items():
        for format_ in formats:
            yield _differs(manifest_id, f"{issued[manifest_id].get('manifest', '')} as {format_} is missing")


def _pull_differences(session: Session, histories: Mapping[int, Sequence[Event]]) -> Iterator[Difference]:
    kept: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for row in session.execute(_PULLS, {"ids": list(histories)}):
        kept[row.manifest_id].add((row.id, row.format))
    for manifest_id, events in histories.items():
        pulls = [event.facts for event in events if event.type is EventType.MANIFEST_PULLED]
        said = {(facts.get("pull_id"), facts.get("format")) for facts in pulls}
        if said != kept[manifest_id]:
            yield _differs(manifest_id, f"{len(kept[manifest_id])} pulls are kept, and {len(said)} were written, or others")


def _differs(manifest_id: int, sentence: str) -> Difference:
    return Difference(SubjectKind.MANIFEST, manifest_id, sentence)
