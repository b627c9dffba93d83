"""The desk's pages: today, participants, pairs, batches and manifests, imports, the trail."""

import csv
import hashlib
import io
from datetime import timedelta
from pathlib import Path

import pytest

from lims import clock
from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from lims.studies.vocabulary import ConsentKind
from tests.factories.trial import ILDR_AT, collect, divide, enrol, give, withdraw

from .conftest import Browser, Browsers, headline, said

TRIAL_FILES = Path(__file__).parents[2] / "data" / "trial"


@pytest.fixture
def pair(trial: Database, aliquots: tuple[NewTube, ...]) -> tuple[NewTube, ...]:
    """Both sides of L07's stool pair."""
    with trial.transaction() as session:
        at = ILDR_AT + timedelta(days=21)
        post = collect(session, timepoint="POST", collected_at=at, received_at=None, frozen_at=at + timedelta(hours=2)).specimens[0]
        return (*aliquots, *divide(session, post.barcode))


def test_today_says_whose_window_closes(coordinator: Browser, trial: Database) -> None:
    assert headline(coordinator.get("/")) == "Nobody is due today"
    now = clock.now()
    with trial.transaction() as session:
        enrol(session, "E01", at=now)
        give(session, "E01", given_at=now - timedelta(days=28), at=now)
        enrol(session, "O01", at=now)
        give(session, "O01", given_at=now - timedelta(days=20), at=now)
    answer = coordinator.get("/")
    assert headline(answer) == "One window closes today, one more is open"
    assert answer.text.index("/participants/E01") < answer.text.index("/participants/O01")
    assert headline(coordinator.get("/pairs")) == headline(answer)


def test_today_shows_what_came_and_is_not_divided(coordinator: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        tube = collect(session).specimens[0]
    assert f"/specimens/{tube.barcode}" in coordinator.get("/today").text
    with trial.transaction() as session:
        divide(session, tube.barcode)
    assert "Everything that came is divided" in said(coordinator.get("/today"))


def test_today_names_what_is_to_be_destroyed(coordinator: Browser, aliquots: tuple[NewTube, ...], trial: Database) -> None:
    with trial.transaction() as session:
        withdraw(session)
    assert "5 tubes of participants who withdrew are to be destroyed" in said(coordinator.get("/today"))


def test_the_core_begins_with_the_batches(browser_of: Browsers) -> None:
    assert browser_of(Role.CORE).get("/").headers["Location"] == "/batches"


def test_a_participant_is_enrolled_treated_and_leaves(coordinator: Browser, trial: Database) -> None:
    new = {"code": "E03", "cohort": "esophageal", "enrolled_on": "2026-08-10", "consent_on": "2026-08-08", "sex": "F"}
    answer = coordinator.follow("/participants/new", new)
    assert headline(answer) == "E03 has no treatment date yet"
    answer = coordinator.follow("/participants/E03/treatments", {"kind": "ildr", "given_at": "2026-09-01T10:30"})
    assert "1 Sep 10:30" in said(answer)
    again = coordinator.post("/participants/E03/treatments", {"kind": "ildr", "given_at": "2026-09-02T10:30"})
    assert (again.status_code, "it is given once" in said(again)) in {(409, True), (422, True)}
    answer = coordinator.follow("/participants/E03/consent", {"consent": ConsentKind.WITHDRAWN, "on": "2026-10-01"})
    assert headline(answer) == "E03 withdrew consent: nothing more is taken"
    refused = coordinator.post("/participants/new", new)
    assert (refused.status_code, "enrolled in ILDR-02 already" in said(refused)) == (409, True)


def test_the_list_of_participants_counts_places(coordinator: Browser, trial: Database) -> None:
    answer = coordinator.get("/participants")
    assert headline(answer) == "1 of 48 places are taken"
    assert "L07" in said(answer)
    assert "Nobody is enrolled here yet" in said(coordinator.get("/participants", cohort="other"))


def test_the_course_shows_what_is_there_and_what_is_missing(technician: Browser, aliquots: tuple[NewTube, ...]) -> None:
    answer = technician.get("/participants/L07")
    course = answer.text.split("matrix")[1].split("</table>")[0]
    assert "5 tubes" in course
    assert course.count("missing") >= 5
    assert "L07" in headline(answer)


def test_pairs_say_how_they_stand_and_why(coordinator: Browser, pair: tuple[NewTube, ...]) -> None:
    answer = coordinator.get("/pairs", assay="metagenomics")
    assert 'data-state="whole"' in answer.text
    assert 'data-state="lost"' in coordinator.get("/pairs", assay="flow").text
    assert coordinator.get("/pairs", assay="nonsense").status_code in {400, 404}


def test_why_a_tube_is_not_usable_names_things_as_the_protocol_does(technician: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        tube = divide(session, collect(session).specimens[0].barcode, 1, purpose="metagenomics")[0]
    address = f"/specimens/{tube.barcode}"
    assert "It was made for Metagenomic sequencing." in said(technician.get(address))
    technician.post("/device", {"language": "zh_Hans_CN", "back": address})
    assert "专用于宏基因组测序。" in said(technician.get(address))


def test_a_batch_is_filled_issued_and_fetched_and_stays_the_same(
    browser_of: Browsers, coordinator: Browser, pair: tuple[NewTube, ...], trial: Database
) -> None:
    answer = coordinator.follow("/batches/new", {"assay": "metagenomics", "fill": "free", "size": "96", "controls": "BLK1 NTC1"})
    path = answer.request.path
    assert headline(answer).endswith("can be issued")
    assert "2 tubes, one whole pair, 2 controls, 92 places free" in said(answer)
    answer = coordinator.follow(f"{path}/manifests")
    assert headline(answer).endswith("was issued")
    number = answer.text.split('href="/manifests/')[1].split('"')[0].split(".")[0]

    core = browser_of(Role.CORE)
    first, second = core.get(f"/manifests/{number}.csv"), core.get(f"/manifests/{number}.csv")
    assert first.data == second.data
    assert first.headers["ETag"] == f'"{hashlib.sha256(first.data).hexdigest()}"'
    rows = list(csv.DictReader(io.StringIO(first.data.decode("utf-8-sig"))))
    assert [(row["participant"], row["side"]) for row in rows if row["barcode"]] == [("L07", "pre"), ("L07", "post")]
    page = core.get(f"/manifests/{number}")
    assert said(page).count("core") >= 2
    assert browser_of(Role.TECHNICIAN).get(f"/manifests/{number}.csv").status_code == 403


def test_a_batch_changes_until_it_is_closed(coordinator: Browser, pair: tuple[NewTube, ...]) -> None:
    answer = coordinator.follow("/batches/new", {"assay": "metagenomics", "fill": "empty"})
    path = answer.request.path
    assert headline(answer).endswith("is empty")
    answer = coordinator.follow(f"{path}/members", {"codes": f"{pair[0].barcode}\n{pair[4].barcode}"})
    assert "one whole pair" in said(answer)
    refused = coordinator.post("/batches/new", {"assay": "metagenomics", "fill": "free"})
    assert refused.status_code in {409, 422}
    answer = coordinator.follow(f"{path}/members/{pair[0].barcode}/remove")
    assert "One tube" in said(answer)
    coordinator.follow(f"{path}/close", {})
    assert coordinator.post(f"{path}/members", {"codes": pair[0].barcode}).status_code == 422


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"a,b\n1,2\n"])
def test_a_file_that_cannot_be_read_is_refused_in_words(coordinator: Browser, trial: Database, content: bytes) -> None:
    form = {"kind": "roster", "how": "load", "file": (io.BytesIO(content), "roster.xlsx" if content[:2] == b"PK" else "roster.csv")}
    answer = coordinator.post("/import", form)
    assert 400 <= answer.status_code < 500
    assert "roster" in said(answer)


def test_no_file_is_no_import(coordinator: Browser, trial: Database) -> None:
    answer = coordinator.post("/import", {"kind": "roster", "how": "load"})
    assert (answer.status_code, "Choose a file." in said(answer)) == (400, True)


def test_the_trail_is_read_by_person_day_and_type(browser_of: Browsers, technician: Browser, aliquots: tuple[NewTube, ...]) -> None:
    technician.follow(f"/specimens/{aliquots[0].barcode}/thaw")
    auditor = browser_of(Role.AUDITOR)
    answer = auditor.get("/trail", actor="technician")
    assert headline(answer).startswith("Last act: Thawed")
    assert "Registered" not in answer.text.split("<tbody>")[1]
    assert headline(auditor.get("/trail", since="2030-01-01")) == "Nothing happened that fits"
    assert auditor.get("/trail", type="nonsense").status_code == 400
    rows = list(csv.DictReader(io.StringIO(auditor.get("/trail.csv", type="thawed").data.decode("utf-8-sig"))))
    assert [(row["actor"], row["type"]) for row in rows] == [("technician", "thawed")]


def test_the_trail_goes_on_page_by_page(browser_of: Browsers, trial: Database) -> None:
    with trial.transaction() as session:
        divide(session, collect(session).specimens[0].barcode, 70, amount=1)
    auditor = browser_of(Role.AUDITOR)
    first = auditor.get("/trail")
    older = first.text.split('href="/trail?before=')[1].split('"')[0]
    second = auditor.get("/trail", before=older)
    assert second.text.split("<tbody>")[1].count("<tr") > 5


def test_specimens_are_found_by_what_they_are(technician: Browser, aliquots: tuple[NewTube, ...]) -> None:
    assert headline(technician.get("/specimens", participant="l07")) == "5 tubes of L07"
    assert headline(technician.get("/specimens", q=aliquots[2].label)) == "One tube fits"
    assert headline(technician.get("/specimens", state="stored")) == "No tube fits"
    assert technician.get("/specimens", state="nonsense").status_code == 400
    assert technician.get("/specimens", collection="9" * 30).status_code == 400
