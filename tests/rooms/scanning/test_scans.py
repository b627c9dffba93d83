"""What a scan means: tubes by every code they have, containers, participants, batches, manifests; and what nothing has."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.batches.models import Batch
from lims.custody.service import begin_histories
from lims.custody.vocabulary import SubjectKind
from lims.db import Database, take_ids
from lims.ids import MalformedCode, in_fours
from lims.scanning.errors import MisreadScan, UnknownScan
from lims.scanning.resolve import resolve_scan
from lims.scanning.vocabulary import NextAct, Scan, ScanKind, ScannedContainer, ScannedTube
from lims.sequencing.models import Manifest
from lims.specimens.service import bind_code
from lims.studies.errors import AmbiguousParticipant
from lims.studies.models import ProtocolVersion
from lims.studies.protocol_file import shipped_protocol
from lims.studies.service import enrol_participant, load_protocol, record_consent
from lims.studies.vocabulary import ConsentKind, EnrolParticipant, RecordConsent
from tests.support.bench import NOW, Bench
from tests.support.counting import count_statements


def scan(bench: Bench, code: str, context: str | None = None) -> Scan:
    return resolve_scan(bench.session, code, context)


def tube_of(found: Scan) -> ScannedTube:
    assert isinstance(found.subject, ScannedTube)
    return found.subject


def test_a_scanned_tube_says_what_it_is_where_and_what_may_follow(bench: Bench) -> None:
    tube = bench.primary()
    bench.place(tube.barcode, bench.freezer_box(), "C4")
    found = scan(bench, tube.barcode)
    assert (found.kind, found.code, found.title) == (ScanKind.SPECIMEN, tube.barcode, "L07 PRE stool")
    assert found.explanation == f"{tube.label}, 900 mg. In F-B1 / S1 / R3 / B1 / C4."
    assert found.actions[:3] == (NextAct.PLACED, NextAct.CHECKED_OUT, NextAct.MOVED)
    location = tube_of(found).location
    assert location is not None
    assert location.text == "F-B1 / S1 / R3 / B1 / C4"


def test_a_tube_is_known_however_it_was_read(bench: Bench) -> None:
    tube = bench.primary()
    bind_code(bench.session, tube.barcode, "2D-0012345678", actor=SYSTEM, at=bench.at)
    readings = [
        tube.barcode.lower(),
        in_fours(tube.barcode),
        f"]d2{tube.barcode}\r\n",
        f"\t{in_fours(tube.barcode).lower()} ",
        "2d-0012345678",
        tube.label,
        tube.label.lower(),
    ]
    assert {tube_of(scan(bench, read)).id for read in readings} == {tube.id}


def test_a_leading_zero_is_part_of_a_legacy_code(bench: Bench) -> None:
    tube = bench.tube(barcode="003671747")
    assert tube_of(scan(bench, "003671747")).barcode == tube
    with pytest.raises(UnknownScan):
        scan(bench, "3671747")


def test_each_state_is_said_in_a_sentence(bench: Bench) -> None:
    tube, box = bench.tube(), bench.freezer_box()
    assert "In the laboratory, in no container." in scan(bench, tube).explanation
    bench.place(tube, box, "A1")
    bench.take_out(tube)
    out = scan(bench, tube)
    assert "Out; F-B1 / S1 / R3 / B1 / A1 is kept for it." in out.explanation
    assert out.actions[0] is NextAct.RETURNED
    assert tube_of(out).state == "checked-out"


def test_the_act_somebody_is_about_to_do_comes_first_or_is_said_to_be_impossible(bench: Bench) -> None:
    tube = bench.tube()
    assert scan(bench, tube, "disposed").actions[0] is NextAct.DISPOSED
    assert scan(bench, tube, "checked_out").explanation.endswith("It cannot be checked out now.")
    assert scan(bench, tube, "no such context") == scan(bench, tube)


def test_material_of_somebody_who_withdrew_is_to_be_destroyed_and_not_used(bench: Bench) -> None:
    tube = bench.tube()
    withdrawn = RecordConsent(participant="L07", kind=ConsentKind.WITHDRAWN, on=date(2026, 11, 20), reason="asked to")
    record_consent(bench.session, withdrawn, actor=SYSTEM, at=bench.at)
    found = scan(bench, tube)
    assert "Consent was withdrawn on 2026-11-20: set it aside to be destroyed." in found.explanation
    assert NextAct.DISPOSED in found.actions
    assert not {NextAct.ALIQUOTED, NextAct.CONSUMED, NextAct.DISPATCHED} & set(found.actions)


def test_a_scanned_box_says_how_full_it_is(bench: Bench) -> None:
    box, tubes = bench.freezer_box(), bench.tubes(2)
    for tube in tubes:
        bench.place(tube, box)
    found = scan(bench, box.barcode)
    assert (found.kind, found.title) == (ScanKind.CONTAINER, "B1")
    assert found.explanation == "A 9 × 9 box: F-B1 / S1 / R3 / B1. 2 tubes, 79 of 81 holes free."
    assert found.actions == (NextAct.FILLED, NextAct.MOVED)
    assert isinstance(found.subject, ScannedContainer)
    assert (found.subject.temperature_c, found.subject.free) == (-80, 79)


def test_an_empty_box_may_be_closed_and_a_closed_one_does_nothing(bench: Bench) -> None:
    box = bench.container()
    assert scan(bench, box.barcode).actions == (NextAct.FILLED, NextAct.MOVED, NextAct.CLOSED)
    bench.close(box)
    closed = scan(bench, box.barcode)
    assert (closed.explanation, closed.actions) == ("A 9 × 9 box, closed and no longer used.", ())


def test_a_participant_is_found_by_code(bench: Bench) -> None:
    bench.enrol("L07")
    found = scan(bench, "l07")
    assert (found.kind, found.explanation) == (ScanKind.PARTICIPANT, "A participant of ILDR-02, lung.")
    assert scan(bench, "ILDR-02:L07").subject == found.subject


def test_a_code_of_two_studies_asks_which(bench: Bench) -> None:
    bench.enrol("L07")
    other = shipped_protocol("ILDR-02").replace('code = "ILDR-02"', 'code = "OTHER-01"').replace('"ILDR02"', '"OTH1"')
    load_protocol(bench.session, other, "other.toml", actor=SYSTEM, at=bench.at)
    command = EnrolParticipant(code="L07", cohort="lung", enrolled_on=date(2026, 8, 10), consent_on=date(2026, 8, 8), study="OTHER-01")
    enrol_participant(bench.session, command, actor=SYSTEM, at=bench.at)
    with pytest.raises(AmbiguousParticipant):
        scan(bench, "L07")


def test_whoever_may_not_read_participants_does_not_find_them(bench: Bench) -> None:
    bench.enrol("L07")
    core = Actor(id=1, username="core", role=Role.CORE)
    with pytest.raises(UnknownScan):
        resolve_scan(bench.session, "L07", actor=core)
    assert resolve_scan(bench.session, bench.tube(), actor=core).actions == ()


def test_a_manifest_is_found_by_its_number(bench: Bench) -> None:
    batch = a_batch(bench)
    [manifest] = take_ids(bench.session, 1)
    begin_histories(bench.session, SubjectKind.MANIFEST, [manifest])
    row = {"id": manifest, "number": "M-2026-0001", "batch_id": batch, "line_count": 44, "issued_at": NOW, "issued_by": 1}
    bench.session.execute(insert(Manifest), [row])
    found = scan(bench, "m-2026-0001")
    assert (found.kind, found.actions) == (ScanKind.MANIFEST, (NextAct.PULLED,))
    assert found.explanation == "A manifest of batch MG-2026-01: 44 lines, issued on 2026-11-22."


def test_a_batch_is_found_by_its_code(bench: Bench) -> None:
    a_batch(bench)
    found = scan(bench, "mg-2026-01")
    assert (found.kind, found.explanation) == (ScanKind.BATCH, "A batch for metagenomics, open.")


@pytest.mark.parametrize("code", ["NOBODY", "0036717470", "S 2345", "'; DROP TABLE SPECIMEN; --", "%", "L99", "ILDR-02:L99"])
def test_what_nothing_has_is_told_as_it_was_read(bench: Bench, code: str) -> None:
    with pytest.raises(UnknownScan) as refused:
        scan(bench, f"]C1{code.lower()}")
    assert refused.value.sentence.startswith(f"Read as {code}: nothing here has that code.")
    assert refused.value.read == code


def test_a_wrong_check_character_is_named_as_such(bench: Bench) -> None:
    tube = bench.primary().barcode
    wrong = tube[:4] + ("2" if tube[4] != "2" else "3") + tube[5:]
    with pytest.raises(MisreadScan, match=f"Scan it again. Read as {in_fours(wrong)}, and one character of that is wrong"):
        scan(bench, wrong.lower())


@pytest.mark.parametrize("code", ["", "   ", "]d1", "x" * 65, "S\x002345", "冻存管", "\ud800"])
def test_what_cannot_be_a_code_is_refused(bench: Bench, code: str) -> None:
    with pytest.raises(MalformedCode):
        scan(bench, code)


def test_a_code_costs_one_statement_a_label_or_a_box_two(database: Database) -> None:
    with database.transaction() as session:
        bench = Bench(session).open_study()
        box, tube = bench.freezer_box(), bench.primary()
        bench.place(tube.barcode, box)
    costs = {}
    for code in (tube.barcode, tube.label, box.barcode):
        with count_statements(database) as cost, database.read() as session:
            resolve_scan(session, code)
        costs[code] = (len(cost.statements), cost.commits)
    assert costs == {tube.barcode: (1, 0), tube.label: (2, 0), box.barcode: (2, 0)}


def a_batch(bench: Bench) -> int:
    """A batch row of its own, for the codes alone."""
    [batch] = take_ids(bench.session, 1)
    begin_histories(bench.session, SubjectKind.BATCH, [batch])
    version = bench.session.execute(select(ProtocolVersion)).scalar_one()
    row = {"id": batch, "code": "MG-2026-01", "study_id": version.study_id, "protocol_version_id": version.id}
    bench.session.execute(insert(Batch), [row | {"assay": "metagenomics", "created_at": NOW}])
    return batch
