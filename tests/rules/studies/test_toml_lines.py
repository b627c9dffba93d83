"""The line of every key of a TOML file."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from lims.toml_lines import LineIndex, Path

TEXT = '''# a comment with [brackets] and = signs
plain = 1 # and another
"quoted key".inner = """many
lines with ] and "" quotes\\""""
[table] # [not.this]
list = [
  1, # one
  { key = "]", 'other' = [2, 3] },
]
[[rows]]
when = 2026-01-01T00:00:00Z
[[rows.parts]]
brace = '}'
[[rows.parts]]
brace = 2
[[rows]]
[rows.more]
text = \'\'\'#
\'\'\'
last = true
"\\u0061b" = 0
'''


def test_every_kind_of_key_is_found_on_its_line() -> None:
    lines = LineIndex(TEXT)

    assert lines.line(("plain",)) == 2
    assert lines.line(("quoted key", "inner")) == 3
    assert lines.line(("table",)) == 5
    assert lines.line(("table", "list", 0)) == 7
    assert lines.line(("table", "list", 1, "other", 1)) == 8
    assert lines.line(("rows", 0, "when")) == 11
    assert lines.line(("rows", 0, "parts", 1, "brace")) == 15
    assert lines.line(("rows", 1)) == 16
    assert lines.line(("rows", 1, "more", "text")) == 18
    assert lines.line(("rows", 1, "more", "last")) == 20
    assert lines.line(("rows", 1, "more", "ab")) == 21


def test_what_is_not_there_is_where_the_thing_around_it_begins() -> None:
    lines = LineIndex(TEXT)

    assert lines.line(("rows", 1, "missing")) == 16
    assert lines.line(("nowhere",)) == 1


def test_the_index_holds_just_what_the_parser_finds() -> None:
    assert LineIndex(TEXT).paths() == {(), *paths_of(tomllib.loads(TEXT))}


KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
STRINGS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\\"), max_size=8)
SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.sampled_from(["true", "1.5", "inf", "1979-05-27 07:32:00", "0x1F", "'#[{'", '""', "''", '"\\""', '"""a\n"b""c"""""', "'''\n'']'''"]),
    STRINGS.map(lambda text: '"' + text.replace('"', '\\"') + '"'),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n # ] \n" + ",\n".join(items) + "]"),
        st.dictionaries(KEYS, inner.filter(lambda text: "\n" not in text), max_size=3).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(KEYS, st.dictionaries(KEYS, VALUES, max_size=3)), max_size=6))
def test_any_file_is_indexed_whole(sections: list[tuple[str, dict[str, str]]]) -> None:
    text, expected = written(sections)
    lines = LineIndex(text)

    assert lines.paths() == {(), *paths_of(tomllib.loads(text))}
    assert {path: lines.line(path) for path in expected} == expected


def written(sections: list[tuple[str, dict[str, str]]]) -> tuple[str, dict[Path, int]]:
    """Sections as ``[[name]]`` tables, and the line of each of their keys as it was written."""
    text = ""
    expected: dict[Path, int] = {}
    counts: dict[str, int] = {}
    for name, values in sections:
        place = counts[name] = counts.get(name, -1) + 1
        text += f"\n[[{name}]] # x\n"
        for key, value in values.items():
            expected[(name, place, key)] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    return text, expected


def paths_of(value: object, path: Path = ()) -> set[Path]:
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return {(*path, key) for key, _ in inner} | {below for key, item in inner for below in paths_of(item, (*path, key))}
