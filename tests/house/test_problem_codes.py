"""Every code a refusal may carry is documented, and says what it means."""

from scripts.docs.problems import PAGE, page


def test_the_page_of_problem_codes_is_what_the_errors_say() -> None:
    assert PAGE.read_text() == page(), "run: .venv/bin/python -m scripts.docs.problems"


def test_every_code_is_used_by_one_error_alone_and_says_when() -> None:
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    codes = [row[0] for row in rows]
    assert len(codes) == len(set(codes)) > 100
    assert all(len(row[2]) > 10 for row in rows)
