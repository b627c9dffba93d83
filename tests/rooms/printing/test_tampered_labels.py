"""Whatever is edited behind the service's back in the print queue, ``verify`` names: a label, a job, the code of a copy."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.printing.proof import scan_back
from lims.printing.service import cancel_job, mark_printed_by_hand, pause_job, take_file
from lims.printing.vocabulary import LabelState
from tests.factories.printing import LATER, ask, come_out, office_printer, printer
from tests.factories.trial import begin, divide, tube
from tests.support.tampering import edit, take_guards_away

Named = Callable[..., list[str]]


@pytest.fixture
def named(session: Session) -> Named:
    """What is named after one raw edit, then taken back: of a job printed and proven, one cancelled, one of copies, one downloaded."""
    begin(session)
    printer(session)
    office_printer(session)
    barcodes = [each.barcode for each in divide(session, tube(session).barcode)]
    jobs = {"job": ask(session, barcodes[:2])}
    come_out(session, jobs["job"])
    scan_back(session, jobs["job"], barcodes[0], actor=SYSTEM, at=LATER)
    jobs["cancelled"] = ask(session, barcodes[2])
    cancel_job(session, jobs["cancelled"], actor=SYSTEM, at=LATER)
    jobs["copies"] = ask(session, barcodes[1], "lost", at=LATER)
    jobs["office"] = ask(session, barcodes[3], on="office")
    take_file(session, jobs["office"], actor=SYSTEM, at=LATER)
    mark_printed_by_hand(session, jobs["office"], actor=SYSTEM, at=LATER)
    pause_job(session, jobs["copies"], actor=SYSTEM, at=LATER)
    assert list(verify(session, ledger_checks())) == []
    take_guards_away(session)

    def after(statement: str) -> list[str]:
        savepoint = session.begin_nested()
        edit(session, statement, **jobs)
        found = [
            f"{each.kind} {next((name for name, id_ in jobs.items() if id_ == each.subject_id), '')}: {each.sentence}"
            for each in verify(session, ledger_checks())
        ]
        savepoint.rollback()
        return found

    return after


@pytest.mark.parametrize(
    ("change", "job", "said"),
    [
        ("state = 'printed'", "job", "its state is printed, its events say verified"),
        ("verified_at = NULL, state = 'printed'", "job", "its verified_at is None"),
        ("copy = 5, reason = 'x'", "job", "its copy is 5, its events say 1"),
        ("fields = replace(fields, 'L07', 'L08')", "job", "its text is not what its events say was asked for"),
        ("fields = fields || ' '", "copies", "its text is not what its events say was asked for"),
        ("symbol = 'S2222222'", "job", "its symbol is S2222222"),
        ("reason = 'because'", "job", "its reason is because, its events say None"),
        ("subject_id = :job", "job", "its subject_id is"),
        ("state = 'void', voided_at = requested_at, void_reason = 'jam'", "job", "its state is void, its events say verified"),
        ("state = 'queued', voided_at = NULL, void_reason = NULL", "cancelled", "its state is queued, its events say void"),
        ("void_reason = 'jam'", "cancelled", "its void_reason is jam, its events say cancelled"),
        ("state = 'verified', verified_at = requested_at", "copies", "its state is verified, its events say queued"),
        ("copy = 3", "copies", "its copy is 3, its events say 2"),
        ("printed_at = NULL, state = 'sent'", "office", "its printed_at is None"),
        ("sent_at = NULL", "office", "its sent_at is None"),
    ],
)
def test_an_edited_label_is_named(named: Named, change: str, job: str, said: str) -> None:
    change = change.replace("requested_at", "(SELECT requested_at FROM print_job WHERE id = :job)")
    found = named(f"UPDATE label_print SET {change} WHERE job_id = :{job} AND line = 1")
    assert any(each.startswith(f"print-job {job}: line 1 ") and said in each for each in found), found


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM label_print WHERE job_id = :job AND line = 2", "line 2 was asked for, and is not there"),
        ("UPDATE label_print SET line = 9 WHERE job_id = :job AND line = 2", "line 9 is there, and nobody asked for it"),
        ("UPDATE print_job SET template = 'box' WHERE id = :job", "its template is box, its events say cryo-wrap"),
        ("UPDATE print_job SET purpose = 'x' WHERE id = :job", "its purpose is x"),
        ("UPDATE print_job SET cancelled_at = requested_at WHERE id = :job", "its cancelled_at is"),
        ("DELETE FROM label_print WHERE job_id = :job; DELETE FROM print_job WHERE id = :job", "it has events and no row"),
    ],
)
def test_an_edited_job_is_named(named: Named, statement: str, said: str) -> None:
    assert any(each.startswith("print-job job: ") and said in each for each in named(statement))


def test_a_job_let_go_on_without_a_word_is_named(named: Named) -> None:
    assert any(
        "its paused is False, its events say True" in each for each in named("UPDATE print_job SET paused = false WHERE id = :copies")
    )


def test_the_code_of_a_copy_that_no_label_has_or_that_is_gone_is_named(named: Named) -> None:
    gone = named("DELETE FROM barcode WHERE role = 'copy'")
    assert any("a label of it has the code" in each for each in gone)
    put_in = named("UPDATE barcode SET role = 'copy', code = 'ROGUE-1' WHERE role = 'copy'")
    assert any("code ROGUE-1 is bound to it as a copy's, and no label of it has that" in each for each in put_in)


def test_a_code_disguised_as_one_of_a_copy_is_named(named: Named) -> None:
    found = named("UPDATE barcode SET role = 'copy' WHERE role = 'own' AND kind = 'specimen'")
    assert any("and no label of it has that" in each for each in found)


def test_what_a_worker_left_on_its_way_is_no_difference(session: Session) -> None:
    begin(session)
    printer(session)
    job_id = ask(session, tube(session).barcode)
    come_out(session, job_id, LabelState.SENDING)
    assert list(verify(session, ledger_checks())) == []
