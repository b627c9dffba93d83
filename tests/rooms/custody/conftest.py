"""A trial with a divided tube, and a row in every table that only grows."""

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.batches.models import Batch
from lims.custody.service import append, begin_histories
from lims.custody.vocabulary import EventType, SubjectKind
from lims.db import take_ids
from lims.sequencing.models import Manifest, ManifestDocument, ManifestPull
from lims.studies.queries import get_study
from tests.factories import trial


@pytest.fixture
def ledger(session: Session) -> Session:
    """A divided tube and an issued manifest, in a transaction that is rolled back."""
    fill(session)
    return session


def fill(session: Session) -> None:
    trial.begin(session)
    trial.divide(session, trial.tube(session).barcode)
    batch, manifest, pull = take_ids(session, 3)
    for kind, subject_id, type_ in (
        (SubjectKind.BATCH, batch, EventType.BATCH_OPENED),
        (SubjectKind.MANIFEST, manifest, EventType.MANIFEST_ISSUED),
    ):
        history = begin_histories(session, kind, [subject_id])[0]
        append(session, history, trial.act(type_), actor=SYSTEM, at=trial.NOW)
    study = get_study(session)
    of_batch = {"code": "B-1", "study_id": study.id, "protocol_version_id": study.protocol_version_id, "assay": "metagenomics"}
    session.execute(insert(Batch).values(id=batch, created_at=trial.NOW, **of_batch))
    session.execute(insert(Manifest).values(id=manifest, number="M-1", batch_id=batch, line_count=1, issued_at=trial.NOW, issued_by=1))
    session.execute(insert(ManifestDocument).values(manifest_id=manifest, format="csv", content=b"line", sha256="x"))
    session.execute(insert(ManifestPull).values(id=pull, manifest_id=manifest, format="csv", actor_id=1, pulled_at=trial.NOW))
