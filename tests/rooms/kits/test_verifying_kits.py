"""Verifying: kits that wait, are used and are void are in order; a row changed behind their back is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.service import begin_histories
from lims.custody.verification import verify
from lims.custody.vocabulary import SubjectKind
from lims.db import Database, take_ids
from lims.ids import in_fours
from lims.kits.service import bind_kit, void_kit
from tests.factories import kits, trial


@pytest.fixture
def kept(database: Database) -> Database:
    """A kit that waits, one that is half used, one whole, one bound, one void."""
    with database.transaction() as session:
        trial.begin(session)
        kits.make(session)
        half = kits.make(session, timepoint="PRE")
        kits.collect(session, half, kits.stool(half))
        whole = kits.make(session, specimen_types=("tumour-ffpe",))
        kits.collect(session, whole, kits.codes(whole.tubes))
        bind_kit(session, kits.make_for_stock(session, timepoint=None).summary.barcode, "L07", "POST", actor=SYSTEM, at=trial.NOW)
        void_kit(session, kits.make_for_stock(session).summary.barcode, actor=SYSTEM, at=trial.NOW)
    return database


def differences(database: Database) -> list[str]:
    with database.snapshot() as session:
        return [str(each) for each in verify(session, ledger_checks())]


def spoil(database: Database, statement: str, **given: object) -> None:
    """Change a row past its triggers, as somebody with the database in hand could."""
    with database.transaction() as session:
        if database.is_sqlite:
            for table in ("kit", "kit_tube"):
                for guard in ("goes_forward", "no_delete"):
                    session.execute(text(f"DROP TRIGGER {table}_{guard}"))
        else:
            session.execute(text("ALTER TABLE kit DISABLE TRIGGER ALL"))
            session.execute(text("ALTER TABLE kit_tube DISABLE TRIGGER ALL"))
        assert session.execute(text(statement), given).rowcount == 1  # type: ignore[attr-defined]  # the cursor's own count


def test_kits_in_every_state_are_in_order(kept: Database) -> None:
    assert differences(kept) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE kit_tube SET state = 'void' WHERE line = 1 AND kit_id = (SELECT min(id) FROM kit)", "is void, its events say ready"),
        (
            "UPDATE kit_tube SET state = 'ready' WHERE line = 1 AND state = 'used' AND specimen_type = 'stool'",
            "is ready, its events say used",
        ),
        ("UPDATE kit_tube SET amount = 1 WHERE line = 2 AND kit_id = (SELECT min(id) FROM kit)", "is 1, its events say 10000000"),
        ("UPDATE kit SET timepoint = 'PRE' WHERE timepoint = 'POST'", "timepoint is PRE, its events say POST"),
        ("UPDATE kit SET state = 'used' WHERE id = (SELECT min(id) FROM kit)", "state is used, its events say made"),
        ("DELETE FROM kit_tube WHERE line = 27 AND kit_id = (SELECT min(id) FROM kit)", "was put in, and is not there"),
    ],
)
def test_a_row_that_is_not_as_the_events_say_is_named(kept: Database, statement: str, said: str) -> None:
    spoil(kept, statement)
    found = differences(kept)
    assert any(said in each for each in found), found


def test_a_tube_nothing_was_ever_written_of_belongs_to_a_kit(kept: Database) -> None:
    with kept.transaction() as session:
        (lost,) = take_ids(session)
        begin_histories(session, SubjectKind.SPECIMEN, [lost])
    assert differences(kept) == [f"specimen {lost}: nothing was ever written of it, and no kit waits for it"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kit SET state = 'made' WHERE state = 'void'",
        "UPDATE kit SET participant_id = NULL WHERE timepoint = 'POST'",
        "UPDATE kit_tube SET state = 'ready' WHERE state = 'used'",
        "UPDATE kit_tube SET specimen_type = 'serum' WHERE line = 1",
        "DELETE FROM kit_tube WHERE line = 1",
        "DELETE FROM kit WHERE state = 'void'",
    ],
)
def test_the_database_itself_lets_no_kit_step_back(kept: Database, statement: str) -> None:
    with pytest.raises(DBAPIError), kept.transaction() as session:
        session.execute(text(statement))
    assert differences(kept) == []


def test_a_difference_names_the_kit(kept: Database) -> None:
    with kept.read() as session:
        barcode = session.execute(text("SELECT barcode FROM kit ORDER BY id LIMIT 1")).scalar_one()
    spoil(kept, "UPDATE kit SET made_at = :at WHERE barcode = :barcode", at="2020-01-01T00:00:00.000000Z", barcode=barcode)
    assert any(f"kit {in_fours(barcode)}: made_at" in each for each in differences(kept))
