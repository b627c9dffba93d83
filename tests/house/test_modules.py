"""Every module says what it knows, no function is too long to read, and only ``lims/db.py`` commits."""

from tests.support.source import CODE, LONGEST_FUNCTION, commits, has_docstring, long_functions, python_files, where


def test_every_module_says_what_it_knows() -> None:
    assert [where(path) for path in python_files(*CODE) if not has_docstring(path.read_text())] == []
    assert not has_docstring("import os\n")


def test_no_function_is_too_long_to_read() -> None:
    read = python_files("lims", "scripts", "tests")  # a migration is a list of tables
    long = [f"{where(path, line)} {name}" for path in read for line, name in long_functions(path.read_text())]
    assert long == []
    assert long_functions("def all():\n" + "    act()\n" * LONGEST_FUNCTION) == [(1, "all")]


def test_only_the_database_commits() -> None:
    found = [where(path, line) for path in python_files("lims") if path.name != "db.py" for line in commits(path.read_text())]
    assert found == []
    assert commits("session.flush()\nsession.commit()\n") == [2]
