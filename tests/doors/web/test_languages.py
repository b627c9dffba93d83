"""Both languages are whole: nothing untranslated, nothing stale, and each chosen as people expect."""

import re
from collections.abc import Sequence

import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask

from lims.accounts.vocabulary import Role
from lims.custody.vocabulary import EventType, SubjectKind
from lims.db import Database
from lims.errors import LimsError
from lims.ids import WrongCheckCharacter
from lims.specimens.errors import NotEnough, NotInThisState
from lims.storage.errors import PositionOccupied
from lims.web.gathering import CATALOGUE, WEB, compiled, gather, read_catalogue
from lims.web.problem_words import sentence_of
from lims.web.words import event_icon, event_word, kind_word

from .conftest import Browser, Browsers, headline, said

ICONS = set(re.findall(r'<symbol id="(\w+)"', (WEB / "static" / "icons.svg").read_text()))


def singular(message: str | Sequence[str]) -> str:
    """What a message is looked up by."""
    return message if isinstance(message, str) else message[0]


def words(message: Message) -> str:
    """A message in Chinese, which has one form for every number."""
    return message.string if isinstance(message.string, str) else str((message.string or ("",))[0])


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """What is translated."""
    return read_catalogue()


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    """What is said anywhere."""
    return {singular(message) for message in gather()}


def test_every_message_has_its_chinese(catalogue: Catalog, wanted: set[str]) -> None:
    missing = {message for message in wanted if not (found := catalogue.get(message)) or not found.string or found.fuzzy}
    assert missing == set(), "run: .venv/bin/python -m lims.web.gathering, and translate them"


def test_no_translation_is_left_of_a_message_that_is_gone(catalogue: Catalog, wanted: set[str]) -> None:
    assert {singular(message.id) for message in catalogue if message.id} - wanted == set()


def test_what_is_put_in_is_the_same_in_both_languages(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        english = [str(message.id)] if isinstance(message.id, str) else [str(form) for form in message.id]
        here = set(re.findall(r"%\((\w+)\)[sd]", words(message)))
        assert here in [set(re.findall(r"%\((\w+)\)[sd]", text)) for text in english], message.id


def test_the_compiled_catalogue_is_of_today(catalogue: Catalog) -> None:
    assert compiled(catalogue) == CATALOGUE.with_suffix(".mo").read_bytes(), "run: .venv/bin/python -m lims.web.gathering"


def test_nobody_is_addressed_as_nin_and_nothing_is_shouted(catalogue: Catalog) -> None:
    for message in catalogue:
        assert not message.id or not re.search("您|！|!", words(message)), message.id


def test_every_act_of_the_ledger_has_a_word_and_an_icon(app: Flask) -> None:
    with app.test_request_context():
        assert all(event_word(type_) and event_icon(type_) in ICONS for type_ in EventType)
        assert all(kind_word(kind) for kind in SubjectKind)


def test_every_icon_that_a_page_asks_for_is_drawn() -> None:
    asked = set()
    for path in WEB.rglob("*.html"):
        asked |= set(re.findall(r'icon\("(\w+)"', path.read_text())) | set(re.findall(r'symbol="(\w+)"', path.read_text()))
    assert asked - ICONS == set()


def test_the_browser_chooses_the_language_until_somebody_does(app: Flask, technician: Browser) -> None:
    chinese = app.test_client()
    answer = chinese.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert headline(answer) == "登录 Sign in"
    assert '<html lang="zh-CN"' in answer.text
    assert headline(chinese.get("/sign-in", headers={"Accept-Language": "de,fr;q=0.5"})) == "Sign in 登录"

    technician.post("/device", {"language": "zh_Hans_CN", "back": "/account"})
    assert "technician，技术员" in headline(technician.get("/account"))
    technician.http.delete_cookie("lims_language")
    assert "technician，技术员" in headline(technician.get("/account"))


def test_theme_and_touch_size_are_written_by_the_server(technician: Browser) -> None:
    technician.post("/device", {"theme": "dark", "back": "/account"})
    answer = technician.post("/device", {"density": "freezer", "back": "https://example.org"})
    assert answer.headers["Location"] == "/"
    assert 'data-theme="dark" data-density="freezer"' in technician.get("/account").text
    technician.post("/device", {"theme": "<script>"})
    assert 'data-theme="dark"' in technician.get("/account").text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (WrongCheckCharacter("S3WJWJD7"), "请再扫一次。读到 S3WJ WJD7，其中有一位不对。"),
        (PositionOccupied("C4", "B-0117", "S3WJWJD8"), "B-0117 的 C4 孔已有 S3WJ WJD8。请扫描其他孔，或先移走那支。"),
        (NotEnough("S3WJWJD8", 40_000, 50_000, "mg"), "S3WJ WJD8 剩 40 mg，需要 50 mg。请减少用量，或取另一支。"),
        (NotInThisState("S3WJWJD8", "disposed", EventType.THAWED), "S3WJ WJD8 当前状态：已销毁，不能这样操作。"),
        (LimsError("Nobody translated this."), "Nobody translated this."),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_page(app: Flask, error: LimsError, words: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert sentence_of(error) == words
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert sentence_of(error) == error.sentence


PAGES = (
    "/",
    "/participants",
    "/participants/L07",
    "/collect",
    "/specimens",
    "/containers",
    "/pairs",
    "/batches",
    "/import",
    "/trail",
    "/people",
    "/labels",
    "/labels/templates",
    "/labels/jobs",
    "/printers",
    "/printers/new",
    "/bench-sheet",
    "/pick-lists",
    "/pick-lists/new",
    "/audits",
)


def test_every_page_is_a_whole_page_in_both_languages(browser_of: Browsers, trial: Database) -> None:
    admin = browser_of(Role.ADMIN)
    for path in PAGES:
        english = admin.http.get(path, headers={"Accept-Language": "en"})
        chinese = admin.http.get(path, headers={"Accept-Language": "zh"})
        assert english.status_code == chinese.status_code == 200, path
        assert headline(english) != headline(chinese), path
        assert "%(" not in said(english) + said(chinese), path
