"""What schemathesis is taught about the files our API takes, and about giving back what was seen; read by it at its start.

What is known stands beside it as ``known.json``: the tubes, and what was seen of each scan.
"""

import json
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st

_KNOWN: dict[str, Any] = json.loads(Path("known.json").read_text(encoding="utf-8"))

_holes = st.sampled_from([f"{row}{column}" for row in "ABH" for column in (1, 2, 3, 12)])
_codes = st.sampled_from([*_KNOWN["tubes"], "X-9", "NO TUBE", "NO READ", ""])
_rack_lines = st.dictionaries(_holes, _codes, min_size=1).map(lambda holes: "".join(f"{hole},{code}\n" for hole, code in holes.items()))
_moments = st.integers(0, 24 * 60).map(lambda minute: f"2026-11-20 {minute // 60 % 24:02}:{minute % 60:02}")
_readings = st.lists(st.tuples(_moments, st.sampled_from(["-80", "-55.5", "-71", "", "OL", "999"])), min_size=1, max_size=30)
_log_lines = _readings.map(lambda readings: "Time,Temperature\n" + "".join(f"{at},{degrees}\n" for at, degrees in readings))
_content = st.one_of(_rack_lines.map(str.encode), _log_lines.map(str.encode), st.binary(max_size=200))

schemathesis.openapi.media_type("text/csv", _content)
schemathesis.openapi.media_type("application/octet-stream", _content)


@schemathesis.hook
def map_case(_context: Any, case: "schemathesis.Case[Any]") -> "schemathesis.Case[Any]":
    """Who accepts a scan has seen it: what is well made gives that back, and decides of nothing that is not asked."""
    seen = _KNOWN["seen"].get(str((case.path_parameters or {}).get("scan_id")))
    well_made = case.meta is not None and case.meta.generation.mode.is_positive
    if seen is not None and well_made and isinstance(case.body, dict) and "seen" in case.body:
        case.body = {name: said for name, said in case.body.items() if name not in {"gone", "kept", "turn"}} | {"seen": seen}
    return case
