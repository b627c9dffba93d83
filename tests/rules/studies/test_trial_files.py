"""The trial's own rows, judged by the pure rules alone: late, out of window and before the antibody, line by line."""

import csv
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from lims.studies.protocol import Protocol
from lims.studies.protocol_errors import TreatedAlready
from lims.studies.protocol_file import load_protocol, shipped_protocol
from lims.studies.rules import Times, check_before_fraction, is_late_antibody, processing_flags, time_order_findings, treatment_flags
from lims.studies.windows import window_flags, window_status

FILES = Path(__file__).parents[2] / "data" / "trial"
TYPES = {"stool": "stool", "blood EDTA": "blood-edta", "blood serum": "blood-serum", "tumour core": "tumour-frozen"}
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
REFUSED = {defect["line"]: defect["why"] for defect in EXPECTED["defects"]}

Row = Mapping[str, str]
TRIAL: Protocol = load_protocol(shipped_protocol("ILDR-02"), "ildr-02.toml")
ZONE = TRIAL.study.zone


def rows(name: str) -> list[Row]:
    with (FILES / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def instant(cell: str) -> datetime | None:
    return datetime.strptime(cell, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE) if cell else None


PARTICIPANTS = {row["record_id"].strip().upper(): row for row in rows("roster.csv")}
COLLECTIONS = dict(enumerate(rows("collections.csv"), start=2))


def participant(row: Row) -> Row:
    return PARTICIPANTS[row["record_id"].strip().upper()]


def times(row: Row) -> Times:
    columns = ("collected_at", "received_at", "processed_at", "frozen_at")
    return Times(**{column: instant(row[column]) for column in columns})


def flags(row: Row) -> set[str]:
    timepoint = TRIAL.get_timepoint(row["timepoint"].strip())
    anchor, first_dose = instant(participant(row)["ildr_at"]), instant(participant(row)["icb_first_at"])
    at = times(row)
    return {
        *processing_flags(TRIAL.get_collection_plan(TYPES[row["specimen"]]), at),
        *window_flags(window_status(timepoint, at.collected_at, anchor, ZONE)),
        *treatment_flags(timepoint, at.collected_at, {"icb": [first_dose] if first_dose else []}),
    }


@pytest.mark.parametrize(
    ("expected", "carried"),
    [
        ("too_late_processed", {"processed-late"}),
        ("out_of_window", {"window-early", "window-late"}),
        ("before_antibody", {"before-antibody"}),
    ],
)
def test_the_lines_flagged_are_exactly_those_expected(expected: str, carried: set[str]) -> None:
    found = [line for line, row in COLLECTIONS.items() if line not in REFUSED and flags(row) & carried]

    assert found == EXPECTED["flags"][expected]


def test_no_line_carries_a_flag_that_nobody_expects() -> None:
    carried = {flag for line, row in COLLECTIONS.items() if line not in REFUSED for flag in flags(row)}

    assert carried == {"processed-late", "window-late", "before-antibody"}


def test_the_one_pre_sample_after_the_fraction_is_refused() -> None:
    refused = []
    for line, row in COLLECTIONS.items():
        if line in REFUSED and "after the ILDR fraction" not in REFUSED[line]:
            continue
        try:
            check_before_fraction(
                TRIAL.get_timepoint(row["timepoint"]), times(row).collected_at, instant(participant(row)["ildr_at"]), ZONE
            )
        except TreatedAlready:
            refused.append(line)

    assert refused == [line for line, why in REFUSED.items() if "after the ILDR fraction" in why]


def test_the_one_sample_frozen_before_it_was_collected_is_refused() -> None:
    dated = {line: row for line, row in COLLECTIONS.items() if "date" not in REFUSED.get(line, "")}

    found = [line for line, row in dated.items() if time_order_findings(times(row))]

    assert found == [line for line, why in REFUSED.items() if why == "frozen before it was collected"]


def test_the_one_timepoint_of_no_protocol_is_unknown() -> None:
    found = [line for line, row in COLLECTIONS.items() if TRIAL.find_timepoint(row["timepoint"]) is None]

    assert found == [line for line, why in REFUSED.items() if why == "unknown timepoint"]


def test_the_one_antibody_later_than_a_day_is_found() -> None:
    antibody = TRIAL.get_treatment("icb")

    late = [code for code, row in PARTICIPANTS.items() if is_late_antibody(instant(row["ildr_at"]), instant(row["icb_first_at"]), antibody)]

    assert late == EXPECTED["notes"]["icb_later_than_24h"]


def test_every_container_of_the_file_is_one_the_plan_accepts() -> None:
    for row in COLLECTIONS.values():
        plan = TRIAL.get_collection_plan(TYPES[row["specimen"]])
        assert TRIAL.get_container(row["container"]).code in plan.containers
