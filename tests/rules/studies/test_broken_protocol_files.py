"""A protocol file with a fault is told its line and what to do; with several, all of them at once.

Each case is one edit to ``vaccine.toml``, and what must be said of it.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.errors import InvalidInput
from lims.studies.protocol_errors import ProtocolFileError
from lims.studies.protocol_file import load_protocol

GOOD = Path(__file__).with_name("vaccine.toml").read_text(encoding="utf-8")

FAULTS: list[tuple[str, str, int, str]] = [
    ('code = "VAX-1"', "code = VAX-1", 3, "This is not TOML: Invalid value."),
    ("[consent]", "[consent", 141, "This is not TOML: Expected ']' at the end of a table declaration."),
    ("[consent]", "[pairs]", 141, "This is not TOML: Cannot declare ('pairs',) twice."),
    ('sprec = "SAL"', 'spre = "SAL"', 89, 'specimen type "saliva" has no spre; did you mean "sprec"?'),
    (
        "capacity = 6",
        'capacity = 6\ncolour = "red"',
        23,
        'cohort "elder" has no colour; it may have code, name, name_zh, letter, capacity.',
    ),
    ('version = "2"\n', "", 2, 'study "VAX-1" lacks version.'),
    ("capacity = 5", 'capacity = "five"', 15, 'capacity of cohort "adult" is "five", which is no whole number.'),
    ("capacity = 5", "capacity = true", 15, 'capacity of cohort "adult" is true, which is no whole number.'),
    ("capacity = 5", "capacity = 0", 15, 'capacity of cohort "adult" is 0; it must be from 1 to 100000.'),
    ('letter = "A"', 'letter = "a"', 14, 'letter of cohort "adult" is "a"; it must be one capital letter.'),
    ('name = "Adults"', "name = 7", 12, 'name of cohort "adult" is 7, which is no text; write it in quotes.'),
    ('name = "Adults"', 'name = " "', 12, 'name of cohort "adult" is " "; it must be a text of one line, not empty.'),
    (
        'code = "adult"',
        'code = "Adult"',
        11,
        'code of cohort "Adult" is "Adult"; it must be lower-case letters, digits and single hyphens.',
    ),
    ('short = "SAL"', 'short = "SA"', 86, 'short of specimen type "saliva" is "SA"; it must be three capital letters or digits.'),
    ('side = "pre"', 'side = "before"', 44, 'side of timepoint "V0" is "before"; it must be "pre" or "post".'),
    (
        "amount = 0.25",
        "amount = -5",
        120,
        'amount of aliquot "saliva" of collection "saliva" is -5; it must be above 0, with at most three decimals.',
    ),
    (
        "amount = 0.25",
        "amount = nan",
        120,
        'amount of aliquot "saliva" of collection "saliva" is NaN; it must be above 0, with at most three decimals.',
    ),
    ("amount = 0.25", 'amount = "a little"', 120, 'amount of aliquot "saliva" of collection "saliva" is "a little", which is no number.'),
    ('fed_by = ["saliva", "dna"]', "fed_by = []", 131, 'fed_by of assay "sequencing" is empty; name at least one.'),
    ('containers = ["tube", "kit"]', 'containers = "tube"', 103, 'containers of collection "saliva" is "tube", which is no list of texts.'),
    ('containers = ["tube", "kit"]', 'containers = ["tube", "tube"]', 103, 'containers of collection "saliva" names "tube" twice.'),
    ("primary = true\n", 'primary = "yes"\n', 88, 'primary of specimen type "saliva" is "yes", which is neither true nor false.'),
    (
        'on_withdrawal = "keep-data-destroy-material"',
        'on_withdrawal = "keep"',
        142,
        'on_withdrawal of consent is "keep"; it must be "keep-data-destroy-material".',
    ),
    (
        '"Europe/Berlin"',
        '"Europe/Shantou"',
        8,
        'time_zone of study "VAX-1" is "Europe/Shantou", which is no time zone; write one as "Asia/Shanghai".',
    ),
    (
        'fed_by = ["saliva", "dna"]',
        'fed_by = ["saliva",\n  "sallva"]',
        132,
        'fed_by of assay "sequencing" names specimen type "sallva", which this protocol does not have; did you mean "saliva"?',
    ),
    (
        'container = "tube"',
        'container = "bottle"',
        123,
        'container of aliquot "saliva" of collection "saliva" names container "bottle", which this protocol does not have.',
    ),
    ('storage = "minus-80"\n', "", 117, 'aliquot "saliva" of collection "saliva" lacks storage.'),
    (
        'purpose = "sequencing"',
        'purpose = "sequencin"',
        122,
        'purpose of aliquot "saliva" of collection "saliva" names assay "sequencin", which this protocol does not have; '
        'did you mean "sequencing"?',
    ),
    (
        'treatment = "booster"',
        'treatment = "boost"',
        54,
        'treatment of flag before of timepoint "V1" names treatment "boost", which this protocol does not have; did you mean "booster"?',
    ),
    (
        'late_flag = "too-late"',
        'late_flag = "tardy"',
        113,
        'late_flag of limit of collection "saliva" names nonconformance "tardy", which this protocol does not have.',
    ),
    ('letter = "B"', 'letter = "A"', 21, 'letter "A" of this cohort is taken by the cohort on line 14.'),
    ('code = "END"', 'code = "v1"', 57, 'code "v1" of this timepoint is taken by the timepoint on line 48.'),
    ('also_called = ["spit tube"]', 'also_called = ["KIT"]', 74, 'also_called of container "tube" has "KIT", which names "kit".'),
    ("anchor = true", "anchor = false", 24, "No treatment is the anchor; write anchor = true in the one that all days count from."),
    ("within_hours = 72\n", "", 34, 'treatment "booster" must follow another, and lacks within_hours.'),
    ("window = [10, 18]", "window = [18, 10]", 52, 'window of timepoint "V1" ends on day 10, before it begins on day 18.'),
    ("window = [10, 18]", "window = [10]", 52, 'window of timepoint "V1" must be two days, the first and the last.'),
    ("target_day = 14", "target_day = 20", 51, 'target_day of timepoint "V1" is 20, outside its window, 10 to 18.'),
    (
        "window = [-7, 0]",
        "window = [-7, 1]",
        43,
        'timepoint "V0" comes before the anchor treatment; its window cannot end on day 1, after it.',
    ),
    ('side = "post"\n', "", 133, 'assay "sequencing" is paired, and no timepoint is the post side.'),
    ("highest_c = -60", "highest_c = -100", 66, 'lowest_c of storage "minus-80" is -90, above highest_c, -100.'),
    ('unit = "mL"\npurpose', 'unit = "mg"\npurpose', 121, 'unit "mg" does not fit saliva, which is measured by volume (uL or mL).'),
    ('unit = "uL"', 'unit = "litre"', 133, 'unit of assay "sequencing" is "litre"; it must be one of mg, g, uL, mL, cells, 10^6, count.'),
    (
        'to = "frozen"',
        'to = "collected"',
        110,
        'limit of collection "saliva" runs from collected to collected, which does not come after it.',
    ),
    ("at_least_minutes = 5", "at_least_minutes = 90", 112, 'limit of collection "saliva" takes at least 90 and at most 60 minutes.'),
    ('concerns = ["saliva"]', 'concerns = ["dna"]', 115, 'concerns of limit of collection "saliva" names "dna", which it does not plan.'),
    (
        'timepoints = ["V1"]',
        'timepoints = ["END"]',
        125,
        'aliquot "saliva" of collection "saliva" is planned at END, where saliva is not collected.',
    ),
    (
        'timepoints = ["V0", "V1"]',
        'timepoints = ["V1"]',
        134,
        'assay "sequencing" is paired, and nothing that feeds it is collected on the pre side.',
    ),
    (
        'fed_by = ["saliva", "dna"]',
        'fed_by = ["dna"]',
        122,
        'aliquot "saliva" of collection "saliva" is made for assay "sequencing", which takes dna.',
    ),
    (
        'name_zh = "冻存过晚"\ncomputed = true',
        'name_zh = "冻存过晚"',
        162,
        'nonconformance "too-late" follows from a rule; write computed = true.',
    ),
]


@pytest.mark.parametrize(("good", "bad", "line", "sentence"), FAULTS)
def test_a_fault_is_told_with_its_line(good: str, bad: str, line: int, sentence: str) -> None:
    assert GOOD.count(good) == 1

    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace(good, bad), "vaccine.toml")

    assert caught.value.lines == ((line, sentence),)


def test_all_faults_are_told_at_once_from_the_top_down() -> None:
    bad = (
        GOOD.replace("capacity = 5", "capasity = 5")
        .replace("window = [10, 18]", "window = [18, 10]")
        .replace('to = "frozen"', 'to = "sold"')
    )

    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(bad, "vaccine.toml")

    assert caught.value.lines == (
        (10, 'cohort "adult" lacks capacity.'),
        (15, 'cohort "adult" has no capasity; did you mean "capacity"?'),
        (52, 'window of timepoint "V1" ends on day 10, before it begins on day 18.'),
        (110, 'to of limit of collection "saliva" is "sold"; it must be "collected", "received", "processed" or "frozen".'),
    )


def test_the_sentence_names_the_file_and_every_line() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace("capacity = 5", "capacity = 0").replace("capacity = 6", "capacity = -1"), "vaccine.toml")

    assert caught.value.sentence == (
        'vaccine.toml was not loaded: 2 faults. Line 15: capacity of cohort "adult" is 0; it must be from 1 to 100000. '
        'Line 22: capacity of cohort "elder" is -1; it must be from 1 to 100000.'
    )
    assert caught.value.code == "studies.protocol-file"
    assert [finding.where for finding in caught.value.findings] == ["line 15", "line 22"]


def test_a_section_under_a_wrong_name_is_missed_and_its_right_name_offered() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace("[pairs]", "[pears]"), "vaccine.toml")

    assert caught.value.lines == ((1, "the file lacks pairs."), (137, 'the file has no pears; did you mean "pairs"?'))


def test_a_section_written_once_instead_of_once_for_each_is_told_how_to_write_it() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace("[[not_collected]]", "[not_collected]"), "vaccine.toml")

    assert caught.value.lines == ((217, "not_collected must be written [[not_collected]], once for each."),)


def test_a_second_anchor_is_told_where_the_first_stands() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace("within_hours = 72", "anchor = true\nwithin_hours = 72"), "vaccine.toml")

    assert caught.value.lines == (
        (34, 'treatment "booster" is the anchor; it follows nothing.'),
        (35, "There is one anchor treatment, and it stands on line 28."),
    )


def test_a_flag_the_service_computes_must_have_its_name() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol(GOOD.replace('"out-of-order"', '"out-of-step"'), "vaccine.toml")

    assert caught.value.lines == (
        (144, 'nonconformance "out-of-order" is missing; the service computes it and needs its name.'),
        (208, 'nonconformance "out-of-step" is computed by no rule of this protocol; leave computed out.'),
    )


def test_an_empty_file_lacks_every_section_and_says_nothing_else() -> None:
    with pytest.raises(ProtocolFileError) as caught:
        load_protocol("", "empty.toml")

    missing = {"study", "cohort", "treatment", "timepoint", "storage", "container", "specimen_type", "collection", "assay", "consent"}
    assert set(caught.value.lines) == {(1, f"the file lacks {section}.") for section in missing | {"pairs", "nonconformance"}}
    assert len(caught.value.lines) == 12


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "\x00", "a = 1\na = 2", "[[a]]\n[a]", "a = 99" + "9" * 5000, "a = 1e" + "9" * 50, '"\\u0000" = 1', "\ud800"],
)
def test_whatever_the_file_holds_the_answer_is_one_error_of_ours(text: str) -> None:
    with pytest.raises(InvalidInput):
        load_protocol(text, "hostile.toml")


@given(cut=st.integers(0, len(GOOD)), width=st.integers(0, 12), put=st.text(max_size=6))
def test_a_damaged_file_loads_or_is_refused_with_lines_that_exist(cut: int, width: int, put: str) -> None:
    damaged = GOOD[:cut] + put + GOOD[cut + width :]

    assert all(1 <= line <= damaged.count("\n") + 1 for line in faulty_lines(damaged))


def faulty_lines(text: str) -> list[int]:
    try:
        load_protocol(text, "vaccine.toml")
    except ProtocolFileError as error:
        return [line for line, _ in error.lines]
    return []
