"""The verbs of manifests: issue one, which never changes again, and pull it, which is written down."""

import hashlib
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Actor
from lims.batches.numbers import next_number
from lims.batches.queries import lock_batch
from lims.custody import service as custody
from lims.custody.vocabulary import Act, EventType, SubjectKind
from lims.db import table_of, take_ids
from lims.sequencing.documents import render
from lims.sequencing.errors import DocumentChanged, NothingToIssue
from lims.sequencing.lines import lines_of
from lims.sequencing.models import Manifest, ManifestDocument, ManifestPull
from lims.sequencing.queries import kept_bytes, manifest_format
from lims.sequencing.vocabulary import Document, Heading, ManifestFormat, ManifestRecord

_MANIFESTS, _DOCUMENTS, _PULLS = insert(table_of(Manifest)), insert(table_of(ManifestDocument)), insert(table_of(ManifestPull))


def issue_manifest(session: Session, batch_code: str, *, actor: Actor, at: datetime) -> ManifestRecord:
    """Issue the next numbered manifest of a batch, as it is at this moment, in every format. Nine statements, however many lines.

    :raises UnknownBatch: none has that code.
    :raises NothingToIssue: the batch is empty.
    :raises MembersNotUsable: a tube of it has become unusable; all of them are named.
    """
    batch = lock_batch(session, batch_code)
    lines = lines_of(session, batch)
    if not lines:
        raise NothingToIssue(batch.code)
    manifest_id, event_id = take_ids(session, 2)
    number = f"M-{next_number(session, 'manifest'):06d}"
    heading = Heading(number=number, batch=batch.code, study=batch.study_code, assay=batch.assay, issued_at=at)
    contents = {format_: render(format_, heading, lines) for format_ in ManifestFormat}
    checksums = {format_.value: hashlib.sha256(content).hexdigest() for format_, content in contents.items()}

    history = custody.begin_histories(session, SubjectKind.MANIFEST, [manifest_id])[0]
    row = {"id": manifest_id, "number": number, "batch_id": batch.id, "line_count": len(lines), "issued_at": at, "issued_by": actor.id}
    session.execute(_MANIFESTS, row)
    documents = [
        {"manifest_id": manifest_id, "format": format_.value, "content": content, "sha256": checksums[format_.value]}
        for format_, content in contents.items()
    ]
    session.execute(_DOCUMENTS, documents)
    facts = {"manifest": number, "batch": batch.code, "lines": len(lines), "sha256": checksums}
    act = Act(type=EventType.MANIFEST_ISSUED, occurred_at=at, facts=facts)
    custody.append(session, history, act, actor=actor, at=at, event_id=event_id)
    return ManifestRecord(
        id=manifest_id,
        number=number,
        batch=batch.code,
        assay=batch.assay,
        line_count=len(lines),
        issued_at=at,
        issued_by=actor.username,
        sha256=checksums,
    )


def pull_manifest(session: Session, number: str, format: str, *, actor: Actor, at: datetime) -> Document:
    """The bytes of a manifest, the same for ever; that they were pulled is written down. Five statements.

    :raises UnknownManifest: none has that number.
    :raises UnknownFormat: it is not kept in that form.
    :raises DocumentChanged: the bytes kept are not those issued; they are not given out.
    """
    wanted = manifest_format(format)
    kept = kept_bytes(session, number, wanted)
    if hashlib.sha256(kept.content).hexdigest() != kept.sha256:
        raise DocumentChanged(kept.number, wanted)
    history = custody.lock_histories(session, [kept.id])[kept.id]
    pull_id, event_id = take_ids(session, 2)
    pulled = {"id": pull_id, "manifest_id": kept.id, "format": wanted.value, "actor_id": actor.id, "pulled_at": at}
    session.execute(_PULLS, pulled)
    act = Act(type=EventType.MANIFEST_PULLED, occurred_at=at, facts={"manifest": kept.number, "format": wanted.value, "pull_id": pull_id})
    custody.append(session, history, act, actor=actor, at=at, event_id=event_id)
    return Document(bytes(kept.content), kept.sha256, wanted.media_type, f"{kept.number}.{wanted.value}")
