"""The hash chain: the canonical text of an act, and its hash, which names the hash before.

The text is kept as it was hashed, so that checking needs no agreement about how JSON is written; the version stands inside.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lims import clock
from lims.custody.vocabulary import Act, EventType, SubjectKind

VERSION = "lims.event.v1"
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Written:
    """What a canonical text says."""

    id: int
    kind: str
    subject_id: int
    sequence: int
    type: EventType
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    device: str | None
    reason: str | None
    corrects: int | None
    facts: dict[str, Any]


def canonical_text(
    act: Act, event_id: int, kind: SubjectKind, subject_id: int, sequence: int, recorded_at: datetime, actor: str, device: str | None
) -> str:
    """The one text of an act: a JSON array, keys sorted, no white space, instants in UTC."""
    return _ENCODER.encode(
        [
            VERSION,
            event_id,
            kind,
            subject_id,
            sequence,
            act.type,
            clock.iso(act.occurred_at),
            clock.iso(recorded_at),
            actor,
            device,
            act.reason,
            act.corrects,
            act.facts,
        ]
    )


def read_text(canonical: str) -> Written:
    """What :func:`canonical_text` wrote.

    :raises ValueError: the text was not written by it.
    """
    try:
        version, id_, kind, subject_id, sequence, type_, occurred_at, recorded_at, actor, device, reason, corrects, facts = json.loads(
            canonical
        )
        if version != VERSION or not isinstance(facts, dict):
            raise ValueError(f"an event of version {version!r}")
        return Written(
            id_,
            kind,
            subject_id,
            sequence,
            EventType(type_),
            clock.from_iso(occurred_at),
            clock.from_iso(recorded_at),
            actor,
            device,
            reason,
            corrects,
            facts,
        )
    except (TypeError, RecursionError) as error:
        raise ValueError("not the text of an event") from error


def chain_hash(previous: str, canonical: str) -> str:
    """SHA-256 over version, previous hash and text, each set apart by a NUL; 64 hexadecimal digits."""
    return hashlib.sha256(b"\x00" + VERSION.encode() + b"\x00" + previous.encode() + b"\x00" + canonical.encode()).hexdigest()
