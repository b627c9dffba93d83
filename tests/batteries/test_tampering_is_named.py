"""Somebody with the database's own password edits what they like: ``lims verify`` exits 1 and names it."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session

from lims.accounts.service import add_user, issue_token
from lims.accounts.vocabulary import SYSTEM, Role
from lims.batches.service import create_batch
from lims.batches.vocabulary import CreateBatch
from lims.db import Database
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.sequencing.service import issue_manifest, pull_manifest
from lims.specimens.division import derive_aliquots
from lims.specimens.vocabulary import DeriveAliquots, NewTube
from lims.storage.containers import create_container
from lims.storage.service import place_specimen
from lims.storage.vocabulary import CreateContainer, PlaceSpecimen
from tests.factories.trial import open_trial
from tests.support.copies import copy_of
from tests.support.engines import Databases
from tests.support.service import lims
from tests.support.source import ROOT
from tests.support.tampering import edit, take_guards_away

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FILES = {"roster": "roster.csv", "collections": "collections.csv", "inventory": "legacy_inventory.xlsx"}
TUBES = 24


@dataclass(frozen=True)
class House:
    """The trial's files taken in, some of it divided, put away, batched and issued; ids by name, for the edits."""

    database: Database
    ids: dict[str, int]


@pytest.fixture(scope="module")
def house(databases: Databases) -> Iterator[House]:
    database = databases.make()
    with database.transaction() as session:
        open_trial(session, at=NOW)
        add_user(session, "ann", Role.TECHNICIAN, actor=SYSTEM, at=NOW)
        issue_token(session, "ann", actor=SYSTEM, at=NOW, scopes=["read"])
    for kind, name in FILES.items():
        content = (ROOT / "tests" / "data" / "trial" / name).read_bytes()
        import_file(database, ImportFile(kind=ImportKind(kind), name=name, content=content), actor=SYSTEM, at=NOW)
    with database.transaction() as session:
        ids = _work(session)
    yield House(database, ids)
    databases.drop(database)


def _work(session: Session) -> dict[str, int]:
    """A working day on what was imported; the ids of what the edits will name."""
    box = create_container(session, CreateContainer(type="box-9x9", name="B1"), actor=SYSTEM, at=NOW)
    create_container(session, CreateContainer(type="box-9x9", name="B2"), actor=SYSTEM, at=NOW)
    primaries = session.execute(text(_DIVIDABLE), {"count": TUBES}).all()
    tubes: list[NewTube] = []
    for primary in primaries:
        command = DeriveAliquots(parents=(primary.barcode,), count=1, amount=Decimal(200), unit="mg", purpose="metagenomics")
        tubes += derive_aliquots(session, command, actor=SYSTEM, at=NOW)
    for tube in tubes:
        place_specimen(session, PlaceSpecimen(specimen=tube.barcode, container=box.barcode, occurred_at=NOW), actor=SYSTEM, at=NOW)
    batched = tuple(tube.barcode for tube in tubes[-3:])
    batch = create_batch(session, CreateBatch(assay="metagenomics", specimens=batched, controls=("zymo",)), actor=SYSTEM, at=NOW)
    manifest = issue_manifest(session, batch.batch.code, actor=SYSTEM, at=NOW)
    pull_manifest(session, manifest.number, "csv", actor=SYSTEM, at=NOW)
    ids = {f"tube{number}": tube.id for number, tube in enumerate(tubes)} | {"batch": batch.batch.id, "manifest": manifest.id}
    ids |= {f"parent{number}": primary.id for number, primary in enumerate(primaries)}
    ids |= {f"collected{number}": primary.collection_id for number, primary in enumerate(primaries)}
    for name, statement in _IDS.items():
        ids |= {f"{name}{number}": id_ for number, id_ in enumerate(session.execute(text(statement)).scalars())}
    return ids


_DIVIDABLE = """
    SELECT s.id, s.barcode, s.collection_id FROM specimen s JOIN participant p ON p.id = s.participant_id
    WHERE s.form = 'primary' AND s.specimen_type = 'stool' AND s.amount >= 200000 AND s.state <> 'disposed' AND p.withdrawn_on IS NULL
    ORDER BY s.id LIMIT :count"""
_IDS = {
    "treated": "SELECT participant_id FROM treatment WHERE kind = 'ildr' ORDER BY participant_id LIMIT 9",
    "withdrawn": "SELECT id FROM participant WHERE withdrawn_on IS NOT NULL ORDER BY id LIMIT 2",
    "elsewhere": "SELECT participant_id FROM participant_external_id ORDER BY participant_id DESC LIMIT 2",
    "collection": "SELECT id FROM collection WHERE collected_at IS NOT NULL ORDER BY id DESC LIMIT 4",
    "study": "SELECT id FROM study",
    "container": "SELECT id FROM container ORDER BY id DESC LIMIT 4",
    "import": "SELECT id FROM import_run ORDER BY id",
    "person": "SELECT id FROM user_account WHERE username = 'ann'",
}

EARLIER = "'2026-11-21T04:00:00.000000Z'"
EVENT = "UPDATE custody_event SET {change} WHERE type = 'placed' AND subject_id = :{tube}"
EDITS = {
    "an event's text": (EVENT.format(change="canonical = replace(canonical, 'placed', 'moved')", tube="tube0"), "specimen {tube0}: .*hash"),
    "an event's type": (EVENT.format(change="type = 'moved'", tube="tube1"), "specimen {tube1}: .*column type"),
    "an event's time": (EVENT.format(change=f"occurred_at = {EARLIER}", tube="tube2"), "specimen {tube2}: .*column occurred_at"),
    "its recording": (EVENT.format(change=f"recorded_at = {EARLIER}", tube="tube3"), "specimen {tube3}: .*column recorded_at"),
    "an event's actor": (EVENT.format(change="actor_id = :person0", tube="tube4"), "specimen {tube4}: .*column actor_id"),
    "an event gone": ("DELETE FROM custody_event WHERE subject_id = :tube5 AND sequence = 1", "specimen {tube5}: event 1 .*missing"),
    "the last event gone": ("DELETE FROM custody_event WHERE subject_id = :tube6 AND sequence = 2", "specimen {tube6}: .*ends at event 1"),
    "a history gone": ("DELETE FROM custody_event WHERE subject_id = :tube7", "specimen {tube7}: .*ends at event 0"),
    "a history gone with its row": (
        "DELETE FROM custody_event WHERE subject_id = :tube8; DELETE FROM custody_subject WHERE id = :tube8",
        "id {tube8} names a custody_subject that is not there",
    ),
    "a tube gone as if it had never been": (
        "DELETE FROM custody_event WHERE subject_id = :tube9; DELETE FROM placement WHERE specimen_id = :tube9;"
        "DELETE FROM lineage WHERE child_id = :tube9; DELETE FROM specimen WHERE id = :tube9;"
        "DELETE FROM barcode WHERE subject_id = :tube9; DELETE FROM custody_subject WHERE id = :tube9",
        "specimen {parent9}: .*went into the tubes made of it",
    ),
    "a primary gone as if it had never been": (
        "DELETE FROM custody_event WHERE subject_id IN (:tube10, :parent10); DELETE FROM placement WHERE specimen_id = :tube10;"
        "DELETE FROM lineage WHERE child_id = :tube10; DELETE FROM specimen WHERE id IN (:tube10, :parent10);"
        "DELETE FROM barcode WHERE subject_id IN (:tube10, :parent10); DELETE FROM custody_subject WHERE id IN (:tube10, :parent10)",
        "collection {collected10}: .*0 of the tubes taken are there",
    ),
    "an amount": ("UPDATE specimen SET amount = amount / 2 WHERE id = :tube11", "specimen {tube11}: .*amount is 100 mg, .*200 mg"),
    "an amount at the start": ("UPDATE specimen SET initial_amount = 900000 WHERE id = :tube12", "specimen {tube12}: .*initial_amount"),
    "a state": ("UPDATE specimen SET state = 'disposed' WHERE id = :tube13", "specimen {tube13}: .*state is disposed"),
    "a thaw": ("UPDATE specimen SET thaw_count = 3 WHERE id = :tube14", "specimen {tube14}: .*thaw_count is 3"),
    "a label": ("UPDATE specimen SET label = label || 'X' WHERE id = :tube15", "specimen {tube15}: .*label is"),
    "a hole": ('UPDATE placement SET "column" = 8, "row" = 8 WHERE specimen_id = :tube16', "specimen {tube16}: .*is in I9 of B1"),
    "a place gone": ("DELETE FROM placement WHERE specimen_id = :tube17", "specimen {tube17}: .*is in no container"),
    "a code": (
        "UPDATE barcode SET subject_id = :tube18 WHERE subject_id = :tube19",
        "specimen ({tube18}|{tube19}): .*code",
    ),
    "what a parent gave": (
        "UPDATE lineage SET drawn = 1 WHERE child_id = :tube20",
        "specimen ({tube20}: .*gave 1 base units|{parent20}: .*0.001 mg went)",
    ),
    "a member gone": (
        "DELETE FROM batch_member WHERE specimen_id = :tube21",
        "(batch {batch}: .*was put in, and is not there|specimen {tube21}: it is in batch None)",
    ),
    "a control": ("UPDATE batch_control SET kind = 'blank' WHERE batch_id = :batch", "batch {batch}: .*controls"),
    "a manifest's bytes": (
        "UPDATE manifest_document SET content = (SELECT content FROM manifest_document WHERE manifest_id = :manifest AND format = 'json')"
        " WHERE manifest_id = :manifest AND format = 'csv'",
        "manifest {manifest}: .*as csv is not what was issued",
    ),
    "a pull gone": ("DELETE FROM manifest_pull WHERE manifest_id = :manifest", "manifest {manifest}: 0 pulls are kept"),
    "a collection's time": (
        "UPDATE collection SET collected_at = '2026-08-01T00:00:00.000000Z' WHERE id = :collection0",
        "collection {collection0}: .*collected_at",
    ),
    "a timepoint": ("UPDATE collection SET timepoint = 'SCR' WHERE id = :collection1", "collection {collection1}: .*timepoint"),
    "a treatment's time": (
        "UPDATE treatment SET given_at = '2026-08-01T00:00:00.000000Z' WHERE kind = 'ildr' AND participant_id = :treated0",
        "participant {treated0}: .*ildr 2026-08-01",
    ),
    "a treatment gone": ("DELETE FROM treatment WHERE participant_id = :treated1", "participant {treated1}: "),
    "a day of consent": ("UPDATE participant SET consent_on = '2026-01-01' WHERE id = :treated2", "participant {treated2}: .*consent_on"),
    "what was said of consent": (
        "UPDATE consent_record SET happened_on = '2026-01-01' WHERE participant_id = :treated3",
        "participant {treated3}: .*2026-01-01",
    ),
    "a withdrawal": ("UPDATE participant SET withdrawn_on = NULL WHERE id = :withdrawn0", "participant {withdrawn0}: .*withdrawn_on"),
    "a cohort": ("UPDATE participant SET cohort = 'other' WHERE id = :treated4", "participant {treated4}: .*cohort"),
    "an outside id": ("UPDATE participant_external_id SET value = 'X' WHERE participant_id = :elsewhere0", "participant {elsewhere0}: .*X"),
    "a protocol": (
        "UPDATE protocol_version SET source = replace(source, 'capacity = 16', 'capacity = 60')",
        "study {study0}: .*is not the text that was loaded",
    ),
    "a container": ("UPDATE container SET temperature_c = 4 WHERE id = :container2", "container {container2}: .*temperature_c"),
    "a container's code": (
        "UPDATE barcode SET subject_id = :container0 WHERE subject_id = :container1",
        "container ({container0}|{container1}): ",
    ),
    "an import's count": ("UPDATE import_run SET refused = 0 WHERE id = :import1", "import {import1}: .*refused"),
    "an import's report": ("UPDATE import_run SET report = '' WHERE id = :import2", "import {import2}: .*report"),
    "an account that nobody made": (
        "INSERT INTO user_account (id, username, role, created_at) VALUES (900000, 'eve', 'admin', '2026-11-21T04:00:00.000000Z')",
        "person 900000: eve has an account",
    ),
    "a token that nobody issued": (
        "INSERT INTO api_token SELECT 900001, 1, 'x', '*', created_at, expires_at, NULL FROM api_token WHERE user_id = :person0",
        "person 1: system: token 900001 is for \\*",
    ),
    "a role": ("UPDATE user_account SET role = 'admin' WHERE id = :person0", "person {person0}: .*role"),
    "a token's scopes": ("UPDATE api_token SET scopes = '*' WHERE user_id = :person0", "person {person0}: .*"),
}  # fmt: skip


def test_every_edit_of_many_is_named(house: House, databases: Databases, tmp_path: Path) -> None:
    with copy_of(house.database, databases) as copy:
        for statement, _ in EDITS.values():
            spoil(copy, statement, house.ids)
        verified = lims(copy, tmp_path, "verify", "--all")
    assert verified.returncode == 1
    not_named = [name for name, (_, named) in EDITS.items() if not re.search(named.format(**house.ids), verified.stdout)]
    assert not_named == [], verified.stdout


def test_one_edit_alone_is_named(house: House, databases: Databases, tmp_path: Path, how_many: Callable[[int, int], int]) -> None:
    for name in random.Random(3).sample(sorted(EDITS), how_many(2, len(EDITS))):
        statement, named = EDITS[name]
        with copy_of(house.database, databases) as copy:
            spoil(copy, statement, house.ids)
            verified = lims(copy, tmp_path, "verify")
        assert verified.returncode == 1, name
        assert re.search(named.format(**house.ids), verified.stdout), (name, verified.stdout)
        assert len(verified.stdout.splitlines()) == 1, "the first is named, and no other"


def test_nobody_tampered_with_what_is_as_it_was(house: House, databases: Databases, tmp_path: Path) -> None:
    verified = lims(house.database, tmp_path, "verify")
    assert (verified.returncode, "as they were written" in verified.stdout) == (0, True), verified.stdout


def spoil(database: Database, statement: str, ids: dict[str, int]) -> None:
    """By a connection that asks for nothing the service asks for: SQLite then holds no foreign key either."""
    engine = create_engine(database.url, poolclass=NullPool)
    with Session(engine) as session:
        take_guards_away(session)
        edit(session, statement, **ids)
        session.commit()
