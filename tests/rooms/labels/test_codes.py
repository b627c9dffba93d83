"""Codes: one code, one thing, for ever; whoever is second is told so, and a wrong character is named as such."""

import pytest
from sqlalchemy.orm import Session

from lims.custody.service import begin_histories
from lims.custody.vocabulary import SubjectKind
from lims.db import take_ids
from lims.ids import MalformedCode, Prefix, WrongCheckCharacter, has_right_check, new_barcode
from lims.labels import service
from lims.labels.errors import CodeGivenTwice, CodeNotUsable, CodeTaken, UnknownCode
from lims.labels.queries import codes_of, find_binding, get_binding, unknown_code
from lims.labels.rules import check_given_code
from lims.labels.service import bind_codes, draw_codes, roles_of
from lims.labels.vocabulary import Binding, CodeRole
from tests.factories.trial import NOW

OURS = "SABCDE2J"
WRONG = OURS[:-1] + ("2" if OURS[-1] != "2" else "3")


@pytest.fixture
def things(session: Session) -> list[int]:
    """Two tubes, as far as codes are concerned."""
    ids = take_ids(session, 2)
    begin_histories(session, SubjectKind.SPECIMEN, ids)
    return ids


def binding(code: str, subject_id: int, role: CodeRole = CodeRole.GIVEN) -> Binding:
    return Binding(code, SubjectKind.SPECIMEN, subject_id, role)


def test_codes_are_drawn_for_what_has_none_and_kept_for_what_has_one(session: Session) -> None:
    codes = draw_codes(session, Prefix.CONTAINER, [None, "FD1", None])
    assert codes[1] == "FD1"
    assert all(code.startswith("C") and has_right_check(code) for code in (codes[0], codes[2]))
    assert roles_of([None, "FD1"]) == [CodeRole.OWN, CodeRole.GIVEN]


def test_a_fresh_code_somebody_has_is_drawn_again(session: Session, things: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    taken, fresh = new_barcode(Prefix.SPECIMEN), new_barcode(Prefix.SPECIMEN)
    bind_codes(session, [binding(taken, things[0], CodeRole.OWN)], NOW)
    drawn = iter([taken, fresh, fresh, taken, new_barcode(Prefix.SPECIMEN), new_barcode(Prefix.SPECIMEN)])
    monkeypatch.setattr(service, "new_barcode", lambda _prefix: next(drawn))
    codes = draw_codes(session, Prefix.SPECIMEN, [None, None])
    assert len(set(codes)) == 2
    assert taken not in codes


def test_a_given_code_somebody_has_is_refused(session: Session, things: list[int]) -> None:
    bind_codes(session, [binding("FD1", things[0])], NOW)
    with pytest.raises(CodeTaken, match="FD1 is on another thing already"):
        draw_codes(session, Prefix.SPECIMEN, ["FD2", "FD1"])
    with pytest.raises(CodeGivenTwice):
        draw_codes(session, Prefix.SPECIMEN, ["FD2", None, "FD2"])


def test_a_code_is_bound_once_whoever_asks(session: Session, things: list[int]) -> None:
    bind_codes(session, [binding("FD1", things[0])], NOW)
    for thing in things:
        with pytest.raises(CodeTaken), session.begin_nested():
            bind_codes(session, [binding("FD1", thing)], NOW)
    bound = find_binding(session, "FD1")
    assert bound == binding("FD1", things[0])


def test_a_thing_may_have_several_codes_the_oldest_first(session: Session, things: list[int]) -> None:
    bind_codes(session, [binding("FD9", things[0])], NOW)
    bind_codes(session, [binding("FD1", things[0], CodeRole.ALIAS)], NOW.replace(hour=5))
    assert [each.code for each in codes_of(session, things[0])] == ["FD9", "FD1"]
    assert codes_of(session, things[1]) == []


def test_a_scan_is_read_before_it_is_looked_up(session: Session, things: list[int]) -> None:
    bind_codes(session, [binding(OURS, things[0], CodeRole.OWN)], NOW)
    for read in (OURS, OURS.lower(), f"]d2{OURS}\r", f" {OURS[:4]} {OURS[4:]} "):
        assert get_binding(session, read).subject_id == things[0]


def test_what_names_nothing_is_told_apart(session: Session) -> None:
    with pytest.raises(UnknownCode, match="nothing here has that code"):
        get_binding(session, new_barcode(Prefix.SPECIMEN))
    with pytest.raises(WrongCheckCharacter):
        get_binding(session, WRONG)
    with pytest.raises(MalformedCode):
        get_binding(session, "A\x00")
    assert isinstance(unknown_code("FD1"), UnknownCode)


@pytest.mark.parametrize("code", ["FD06299917", "0001034998", "10", "A-1", "HAIER-86 #2", "A" * 30, "X.1_2/3+4:5", OURS])
def test_a_code_that_came_with_a_tube_may_be_bound(code: str) -> None:
    check_given_code(code)


@pytest.mark.parametrize(
    "code", ["", "A", "A" * 31, "-A", "A-", " A", "A ", "fd1", "A*B", "A^B", "A~B", "A'B", 'A"B', "A=B", "A\nB", "粪便", "A,B", "=1+1"]
)
def test_a_code_no_label_or_file_would_give_back_is_not_bound(code: str) -> None:
    with pytest.raises(CodeNotUsable):
        check_given_code(code)


def test_a_given_code_of_our_form_must_be_right() -> None:
    with pytest.raises(WrongCheckCharacter, match="one character of that is wrong"):
        check_given_code(WRONG)
