"""The register that is measured: so many tubes, made by the laboratory's own verbs, so that each has its codes and its history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from lims import clock, migrate
from lims.accounts.service import add_user, issue_token
from lims.accounts.sign_in import sign_in
from lims.accounts.vocabulary import SYSTEM, Role
from lims.batches.service import create_batch
from lims.batches.vocabulary import CreateBatch
from lims.db import Database
from lims.specimens.division import derive_aliquots
from lims.specimens.registration import register_collection
from lims.specimens.vocabulary import DeriveAliquots, PrimaryTube, RegisterCollection
from lims.storage.containers import create_container
from lims.storage.service import place_specimen
from lims.storage.vocabulary import CreateContainer, PlaceSpecimen
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import enrol_participant, load_protocol, record_treatment
from lims.studies.vocabulary import EnrolParticipant, RecordTreatment

ILDR_AT = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
MANIFEST_LINES = 1000
BOX_HOLES = 100
_PASSWORD = "forty two frozen tubes"


@dataclass(frozen=True, slots=True)
class Register:
    """What the benchmarks need to know of it. ``loose`` are in no batch, so whatever befalls them spoils no manifest.

    ``cookie`` is that of a browser signed in; ``family`` are the tubes of one more participant, as few as a trial's.
    """

    token: str
    cookie: str
    family: list[str]
    barcodes: list[str]
    loose: list[str]
    parents: list[str]
    batch: str
    batch_id: int


def make_register(database: Database, size: int, progress: Callable[[int], None]) -> Register:
    """A migrated database with ``size`` aliquots of 47 participants, a thousand of them placed and in one batch."""
    migrate.upgrade(database)
    now = clock.now()
    with database.transaction() as session:
        load_protocol(session, shipped_protocol("ILDR-02"), "ildr-02.toml", actor=SYSTEM, at=now)
        add_user(session, "bench", Role.ADMIN, actor=SYSTEM, at=now, password=_PASSWORD)
        token = issue_token(session, "bench", actor=SYSTEM, at=now).text
    *parents, small = [_parent(database, f"{letter}{number:02d}", cohort) for letter, cohort in _COHORTS for number in range(1, 17)]
    barcodes: list[str] = []
    while len(barcodes) < size:
        count = min(999, size - len(barcodes), max(1, size // len(parents)))
        barcodes += _divide(database, parents[len(barcodes) // max(1, size // len(parents)) % len(parents)], count)
        progress(count)
    cookie = sign_in(database, "bench", _PASSWORD, address="127.0.0.1", at=now, lasts=timedelta(days=1)).secret
    family = _divide(database, small, 8)
    _place(database, family)
    members = barcodes[: min(MANIFEST_LINES, size // 2)]
    _place(database, members)
    with database.transaction() as session:
        batch = create_batch(session, CreateBatch(assay="metagenomics", specimens=tuple(members)), actor=SYSTEM, at=clock.now())
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    return Register(token, cookie, family, barcodes, barcodes[len(members) :], parents, batch.batch.code, batch.batch.id)


_COHORTS = (("L", "lung"), ("E", "esophageal"), ("O", "other"))


def _parent(database: Database, code: str, cohort: str) -> str:
    collected_at = ILDR_AT - timedelta(days=3)
    with database.transaction() as session:
        now = clock.now()
        enrol_participant(session, EnrolParticipant(code=code, cohort=cohort, enrolled_on=date(2026, 6, 1)), actor=SYSTEM, at=now)
        record_treatment(session, RecordTreatment(participant=code, kind="ildr", given_at=ILDR_AT), actor=SYSTEM, at=now)
        tube = PrimaryTube(container="stool-tube", amount=Decimal(10**9), unit="mg")
        command = RegisterCollection(
            participant=code,
            timepoint="PRE",
            specimen_type="stool",
            collected_at=collected_at,
            received_at=collected_at,
            frozen_at=collected_at + timedelta(hours=1),
            tubes=(tube,),
        )
        return register_collection(session, command, actor=SYSTEM, at=now).specimens[0].barcode


def _divide(database: Database, parent: str, count: int) -> list[str]:
    command = DeriveAliquots(parents=(parent,), count=count, amount=Decimal(200), unit="mg", purpose="metagenomics")
    with database.transaction() as session:
        return [tube.barcode for tube in derive_aliquots(session, command, actor=SYSTEM, at=clock.now())]


def _place(database: Database, barcodes: list[str]) -> None:
    """A hundred to a box, each box in one transaction."""
    for first in range(0, len(barcodes), BOX_HOLES):
        with database.transaction() as session:
            now = clock.now()
            command = CreateContainer(type="box-10x10", name=f"B{first // BOX_HOLES + 1}")
            box = create_container(session, command, actor=SYSTEM, at=now).barcode
            for number, barcode in enumerate(barcodes[first : first + BOX_HOLES]):
                hole = f"{'ABCDEFGHIJ'[number // 10]}{number % 10 + 1}"
                placing = PlaceSpecimen(specimen=barcode, container=box, position=hole, occurred_at=now)
                place_specimen(session, placing, actor=SYSTEM, at=now)
