"""Every code a report may show is explained to whoever reads it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_code_of_a_finding_is_documented() -> None:
    told = (ROOT / "docs" / "imports.md").read_text() + (ROOT / "docs" / "problems.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "lims" / "imports").glob("*.py"))
    codes = set(re.findall(r'"(imports\.[a-z-]+|amount-unknown|second-look)"', sources))
    assert len(codes) > 20
    assert [code for code in sorted(codes) if f"`{code}`" not in told] == []
