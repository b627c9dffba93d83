"""What every page keeps to: no inline script or style, nothing cached, one sentence for what is refused, hostile words harmless."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from lims import web
from lims.accounts.vocabulary import Action, Role
from lims.db import Database
from lims.http_context import allow
from lims.specimens.vocabulary import NewTube
from lims.storage.records import ContainerRecord
from lims.web.acts import Form
from lims.web.frame import own_path
from lims.web.spreadsheets import as_text_cell

from .conftest import Browser, Browsers, headline, said

WEB = Path(web.__file__).parent


def test_no_template_has_a_style_attribute_or_a_script_of_its_own() -> None:
    for path in WEB.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", text), path
        for script in re.findall(r"<script.*?</script>", text, re.DOTALL):
            if script == """<script src="{{ static('early.js') }}"></script>""":  # keeps keys before any module could run
                continue
            assert re.fullmatch(
                r"""<script type="module"( blocking="render")? src="\{\{ static\('[a-z-]+\.js'\) \}\}"></script>""", script
            ), path


def test_the_stylesheet_keeps_raw_colours_to_its_tokens() -> None:
    rules = (WEB / "static" / "style.css").read_text()
    after_tokens = rules.split("/* ── ground")[1].split("@media print")[0]
    raw = set(re.findall(r"#[0-9a-f]{3,6}\b", after_tokens)) - {
        "#fff",
        "#000",
        "#858f9b",
        "#12171d",
        "#2b333c",
        "#4be0ab",
        "#7d8894",
        "#aab4c0",
    }
    assert raw == set()


def test_pages_are_shut_to_other_sites_and_never_kept(technician: Browser) -> None:
    answer = technician.get("/account")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(technician: Browser) -> None:
    address = re.search(r'href="(/static/[0-9a-f]{12}/style.css)"', technician.get("/account").text)
    assert address
    kept = technician.get(address[1])
    assert "max-age=31536000" in kept.headers["Cache-Control"]
    assert "immutable" in kept.headers["Cache-Control"]
    kept.close()
    stale = technician.get(re.sub(r"[0-9a-f]{12}", "0" * 12, address[1]))
    assert "immutable" not in stale.headers["Cache-Control"]
    stale.close()
    assert technician.get("/static/x/../../settings.py").status_code == 404


def test_scripts_and_styles_go_out_compressed_to_whoever_understands_it(technician: Browser) -> None:
    address = re.search(r'href="(/static/[0-9a-f]{12}/style.css)"', technician.get("/account").text)
    assert address
    small = technician.http.get(address[1], headers={"Accept-Encoding": "gzip, br"})
    whole = technician.get(address[1])
    assert (small.headers["Content-Encoding"], small.headers["Vary"], small.mimetype) == ("gzip", "Accept-Encoding", "text/css")
    assert gzip.decompress(small.data) == whole.data
    assert "no-cache" not in small.headers["Cache-Control"] + whole.headers["Cache-Control"]
    assert technician.http.get("/static/x/..%2fframe.py", headers={"Accept-Encoding": "gzip"}).status_code == 404
    whole.close()


def test_the_script_of_the_bench_goes_out_with_each_module_in_it_once(technician: Browser) -> None:
    address = re.search(r'src="(/static/[0-9a-f]{12}/bench.js)"', technician.get("/bench").text)
    assert address
    script = technician.get(address[1]).text
    assert gzip.decompress(technician.http.get(address[1], headers={"Accept-Encoding": "gzip"}).data).decode() == script
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    modules = [path.read_text().splitlines()[0] for path in (WEB / "static" / "bench").glob("*.js") if path.name != "worker.js"]
    assert {first: script.count(f"{first}\n") for first in modules} == dict.fromkeys(modules, 1)
    made = re.findall(r"^const (\w+) = \(\(\) => \{$", script, re.MULTILINE)
    assert len(made) == len(set(made)) > len(modules)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/specimens/S3WJWJD7", 400),
        ("GET", "/participants/L99", 404),
        ("PUT", "/pairs", 405),
        ("GET", "/batches/X", 404),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(technician: Browser, trial: Database, method: str, path: str, status: int) -> None:
    answer = technician.http.open(path, method=method)
    assert answer.status_code in {status, 404}
    assert headline(answer)
    assert "Traceback" not in answer.text


def test_more_than_may_be_sent_is_refused_in_words(coordinator: Browser) -> None:
    answer = coordinator.http.post("/import", data=b"x" * (17 * 1024 * 1024), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "At most 16 MB" in said(answer)


def test_a_page_that_breaks_says_so_without_a_trace(app: Flask, technician: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    @allow(Action.OWN_ACCOUNT)
    def broken() -> str:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(app.view_functions, "web.pairs", broken)
    answer = technician.get("/pairs")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Nothing was recorded" in said(answer)


def test_words_from_outside_stay_words(browser_of: Browsers, trial: Database) -> None:
    technician = browser_of(Role.TECHNICIAN)
    for path in ("/scan?code=<script>alert(1)</script>", "/specimens?q=<b>x</b>", '/specimens?participant="><b>'):
        answer = technician.get(path)
        assert "<script>alert" not in answer.text
        assert "<b>x</b>" not in answer.text
        assert '"><b>' not in answer.text


@pytest.mark.parametrize("address", [None, "", "x", "//x", "/\\x", "https://x/", "/a\nb", "\\\\x"])
def test_only_our_own_paths_are_led_back_to(address: str | None) -> None:
    assert own_path(address, "/") == "/"


def test_a_path_of_ours_is_led_back_to() -> None:
    assert own_path("/specimens?q=1", "/") == "/specimens?q=1"


@pytest.mark.parametrize(
    ("text", "cell"), [("=1+1", "'=1+1"), ("-5", "-5"), ("@x", "'@x"), ("＝x", "'＝x"), ("L07", "L07"), ("\tx", "'\tx")]
)
def test_no_cell_begins_a_formula(text: str, cell: str) -> None:
    assert as_text_cell(text) == cell


def test_every_page_has_one_headline_and_no_id_twice(
    browser_of: Browsers, trial: Database, aliquots: tuple[NewTube, ...], box: ContainerRecord
) -> None:
    admin = browser_of(Role.ADMIN)
    collecting = "/collect?participant=L07&timepoint=PRE&type=stool"
    of_things = (f"/specimens/{aliquots[0].barcode}", f"/containers/{box.barcode}", "/participants/L07", collecting)
    for path in ("/", "/participants/new", "/containers/new", "/batches/new", "/import", "/people", "/account", "/trail", *of_things):
        text = admin.get(path).text
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert sorted(ids) == sorted(set(ids)), path
        assert text.count("<h1") == 1, path
        targets = set(re.findall(r'\sfor="([^"]+)"', text))
        assert targets <= set(ids), (path, targets - set(ids))


COMPONENTS = """
{% import "macros/forms.html" as f with context %}
{% from "macros/marks.html" import who, side, kind, tag, code with context %}
{% from "macros/parts.html" import banner, notice, toast, empty, figure_of, meter, sort_head, crumbs, print_foot with context %}
{% for outcome in ("ok", "warn", "stop", "wait") %}{{ banner(outcome, "In E2", "Scan the next.") }}
{{ tag(outcome, "word") }}{% endfor %}
{{ notice("warn", "2 tubes carry a flag") }}{{ toast({"title": "E2 filled", "do": "", "undo": "/undo"}) }}
{{ empty("box", "This box is empty") }}
{{ figure_of("90 mg", "left", "of 200 mg") }}{{ meter("40 of 100", [("ok", 40), ("l2", 25)]) }}{{ crumbs([("A", "/a"), ("B", None)]) }}
<table><tr>{{ sort_head("Left", "amount", {"key": "amount", "down": True}, address) }}</tr></table>
{{ who("L07", 1) }}{{ side("pre") }}{{ side("post") }}{{ kind("stool", "Stool") }}{{ code("S3WJWJD8") }}{{ print_foot("Box", 3) }}
{{ f.text(form, "amount", "Weight of the stool", "In mg, as the balance shows it") }}{{ f.radios(form, "why", "Why?", [("a", "A", "")]) }}
{{ f.choice(form, "unit", "Unit", [("mg", "mg")]) }}{{ f.area(form, "note", "Note") }}{{ f.summary(form) }}
"""


def test_every_component_says_its_outcome_in_shape_and_words(app: Flask) -> None:
    form = Form({"amount": "two", "why": "a"}, {"amount": "Write a number, such as 2239."}, "Nothing was recorded yet.", "x-")
    with app.test_request_context():
        page = render_template_string(COMPONENTS, form=form, address=lambda key, down: f"?sort={key}&down={down}")
    for words in (
        'data-outcome="stop" role="alert"',
        'data-outcome="ok" role="status"',
        '<rect class="l2" x="40%" width="25%" height="100%"/>',
        'aria-sort="descending"',
        '<span class="who" data-hue="1">L07</span>',
        "S3WJ WJD8",
        'href="#f-x-amount"',
        'aria-invalid="true"',
        'value="two"',
    ):
        assert words in page, words
    assert "style=" not in page
