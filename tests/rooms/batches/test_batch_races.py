"""Several people fill batches at once, on both engines: one of them has the tube, the others are told who."""

from collections.abc import Callable, Sequence

import pytest

from lims.accounts.vocabulary import SYSTEM
from lims.batches.errors import AliquotInBatch, NothingFree
from lims.batches.queries import list_batches, members_of
from lims.batches.service import add_members, close_batch, create_batch, remove_member
from lims.batches.verification import check_batches, check_memberships
from lims.batches.vocabulary import CreateBatch, PairSelection
from lims.custody.verification import ProjectionCheck, verify
from lims.custody.vocabulary import SubjectKind
from lims.db import Database
from lims.errors import LimsError
from tests.factories.pairs import stool_pair, trial_with_pairs
from tests.factories.trial import NOW, begin
from tests.support.races import at_once

CHECKS: dict[SubjectKind, Sequence[ProjectionCheck]] = {SubjectKind.BATCH: [check_batches], SubjectKind.SPECIMEN: [check_memberships]}


def test_two_who_claim_one_aliquot_never_both_have_it(database: Database, how_many: Callable[[int, int], int]) -> None:
    with database.transaction() as session:
        begin(session)
        barcode = stool_pair(session, "L07")[0][0].barcode
    for _ in range(how_many(6, 60)):
        claim = [
            lambda session, assay=assay: create_batch(session, CreateBatch(assay=assay, specimens=(barcode,)), actor=SYSTEM, at=NOW)
            for assay in ("metagenomics", "metabolomics-stool")
        ]
        outcomes = at_once(database, claim)
        won = [each for each in outcomes if not isinstance(each, LimsError)]
        lost = [each for each in outcomes if isinstance(each, LimsError)]
        assert (len(won), [type(each) for each in lost]) == (1, [AliquotInBatch])
        assert won[0].batch.code in str(lost[0])
        with database.transaction() as session:
            close_batch(session, won[0].batch.code, actor=SYSTEM, at=NOW)
    with database.snapshot() as session:
        assert list(verify(session, CHECKS)) == []


def test_many_who_fill_at_once_share_the_pairs_among_them(database: Database) -> None:
    codes = [f"L{number:02d}" for number in range(1, 9)]
    with database.transaction() as session:
        trial_with_pairs(session, codes)
    fill = [
        lambda session: create_batch(session, CreateBatch(assay="metagenomics", size=4, select=PairSelection()), actor=SYSTEM, at=NOW)
        for _ in range(6)
    ]
    outcomes = at_once(database, fill)
    filled = [each for each in outcomes if not isinstance(each, LimsError)]
    assert sorted(each.batch.code for each in filled) == [f"MG-2026-{number:02d}" for number in range(1, 5)]
    assert sorted(member.participant for each in filled for member in each.members) == sorted(codes * 2)
    assert [type(each) for each in outcomes if isinstance(each, LimsError)] == [NothingFree, NothingFree]


def test_a_tube_put_into_two_open_batches_at_once_is_in_one(database: Database, how_many: Callable[[int, int], int]) -> None:
    with database.transaction() as session:
        begin(session)
        barcode = stool_pair(session, "L07")[0][0].barcode
        open_ones = [create_batch(session, CreateBatch(assay="metagenomics"), actor=SYSTEM, at=NOW).batch.code for _ in range(4)]
    for _ in range(how_many(5, 60)):
        put = [lambda session, code=code: add_members(session, code, specimens=[barcode], actor=SYSTEM, at=NOW) for code in open_ones]
        outcomes = at_once(database, put)
        won = [each.batch.code for each in outcomes if not isinstance(each, LimsError)]
        assert len(won) == 1
        with database.transaction() as session:
            assert [len(members_of(session, each.id)) for each in list_batches(session)].count(1) == 1
            remove_member(session, won[0], barcode, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE batch SET assay = 'flow'", "its assay is flow, and metagenomics was written"),
        ("UPDATE batch SET closed_at = created_at", "its closed_at is"),
        ("UPDATE batch_control SET kind = 'water'", "its controls is ['water'], and ['blank'] was written"),
        ("DELETE FROM batch_member", "was put in, and is not there"),
        ("UPDATE batch_member SET side = 'pre'", "was written"),
        ("UPDATE batch_member SET released_at = added_at", "is held, or free"),
    ],
)
def test_verifying_names_a_batch_changed_behind_our_back(database: Database, statement: str, said: str) -> None:
    with database.transaction() as session:
        trial_with_pairs(session)
        create_batch(session, CreateBatch(assay="metagenomics", select=PairSelection(), controls=("blank",)), actor=SYSTEM, at=NOW)
    with database.snapshot() as session:
        assert list(verify(session, CHECKS)) == []
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with database.snapshot() as session:
        told = [str(each) for each in verify(session, CHECKS)]
    assert any(said in each and each.startswith("batch") for each in told)
