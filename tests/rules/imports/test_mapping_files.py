"""A mapping file with faults is told all of them, each with its line."""

import pytest

from lims.imports.errors import AnotherKind, MappingFileError, NoShippedMapping
from lims.imports.mapping_file import load_mapping, shipped_mapping
from lims.imports.vocabulary import ImportKind, PlaceStep

COLLECTIONS, INVENTORY = shipped_mapping("collections"), shipped_mapping("inventory")


@pytest.mark.parametrize("kind", ImportKind)
def test_our_mappings_are_sound(kind: ImportKind) -> None:
    assert load_mapping(shipped_mapping(kind), kind).kind is kind


def test_only_ours_come_with_the_service() -> None:
    for name in ("payroll", "../secrets", ""):
        with pytest.raises(NoShippedMapping):
            shipped_mapping(name)


@pytest.mark.parametrize(
    ("was", "is_now", "line", "told"),
    [
        ('kind = "collections"', 'kind = "collection"', 6, '"roster", "collections" or "inventory"'),
        ('kind = "collections"', "kind = collections", 6, "This is not TOML"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Shantou"', 7, 'time_zone is "Shantou", which is none'),
        ('"%Y-%m-%d %H:%M",', '"%d/%m %H:%M",', 8, "it must be a pattern with the year as %Y"),
        ('"%Y-%m-%d %H:%M",', '"%Y-%m-%d %Q",', 8, "it must be a pattern"),
        (
            'collected_at = ["collected_at", "采集时间"]',
            "",
            11,
            "columns lacks collected_at, which every row of a collections file must say",
        ),
        ("received_at = [", "recieved_at = [", 17, "A collections file has no recieved_at; did you mean received_at?"),
        ('"ml" = "mL"', '"ml" = 1', 42, "which is no text"),
        ("[words.unit]", "[words.units]", 41, "A collections file has no units."),
        ("list_mark =", "list_marks =", 9, 'has no list_marks; did you mean "list_mark"?'),
    ],
)
def test_a_fault_is_told_with_its_line(was: str, is_now: str, line: int, told: str) -> None:
    assert was in COLLECTIONS
    with pytest.raises(MappingFileError) as refused:
        load_mapping(COLLECTIONS.replace(was, is_now, 1), "ours.toml")
    assert [each for each in refused.value.lines if each[0] == line and told in each[1]], refused.value.lines


def test_several_faults_are_told_at_once() -> None:
    with pytest.raises(MappingFileError, match=r"ours\.toml has 2 faults"):
        load_mapping(COLLECTIONS.replace("Asia/Shanghai", "Shantou").replace("[words.unit]", "[words.units]"), "ours.toml")


def test_a_container_nobody_has_is_told() -> None:
    with pytest.raises(MappingFileError, match="'box-9x8' is no type of container here"):
        load_mapping(INVENTORY.replace('type = "box-9x9"', 'type = "box-9x8"'), "ours.toml")


def test_nesting_without_end_is_told() -> None:
    with pytest.raises(MappingFileError):
        load_mapping("x = " + "[" * 5000, "ours.toml")


def test_a_mapping_of_another_kind_is_told() -> None:
    with pytest.raises(AnotherKind, match="maps inventory files, and this is a roster file"):
        load_mapping(INVENTORY, "inventory.toml").check_is_for(ImportKind.ROSTER)


def test_words_are_known_whatever_their_case_and_white_space() -> None:
    mapping = load_mapping(COLLECTIONS, "collections.toml")
    assert mapping.meaning("specimen_type", " Blood  edta ") == "blood-edta"
    assert mapping.meaning("specimen_type", "tears") is None


def test_a_freezer_that_is_known_keeps_its_temperature() -> None:
    freezer, shelf, *_ = load_mapping(INVENTORY, "inventory.toml").places
    assert freezer.step("haier-86 #2") == PlaceStep("freezer", "Haier-86 #2", -86)
    assert freezer.step("Thermo 1") == PlaceStep("freezer", "Thermo 1", None)
    assert shelf.step("1") == PlaceStep("shelf", "Shelf 1", None)
