"""Words of audits: what is counted, and how it stands while it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.storage.records import Hole
from lims.storage.vocabulary import Found


class AuditKind(StrEnum):
    """What is counted."""

    BOX = "box"
    """Every tube of one container."""
    SAMPLE = "sample"
    """Tubes drawn at random from all that stands in a freezer."""


class AuditState(StrEnum):
    """Whether it is still being counted."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAudit:
    """Count a container; with ``size``, only that many tubes drawn at random from it and all that stands in it.

    ``seed`` makes the draw again; without one it is drawn too, and written down.
    """

    container: str
    size: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTube:
    """A tube scanned in an audit; ``position`` is the hole it lies in, where that was scanned before it.

    ``container`` is the box it lies in, in an audit of a sample, where that was scanned.
    """

    audit: str
    code: str
    position: str | None = None
    container: str | None = None
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An audit, without its tubes."""

    id: int
    code: str
    kind: AuditKind
    container_id: int
    container: str
    container_name: str
    seed: int | None
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    accepted: bool

    @property
    def state(self) -> AuditState:
        """Open until somebody accepts or abandons it."""
        if self.ended_at is None:
            return AuditState.OPEN
        return AuditState.ACCEPTED if self.accepted else AuditState.ABANDONED


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A tube of an audit. ``recorded`` is where it was recorded when it was looked for, None where nowhere; ``lies`` where it lies, if
    elsewhere. ``found`` is None until it is scanned, or until what was not scanned is accepted as missing.

    ``expected`` says that it was looked for; the others turned up.
    """

    specimen_id: int
    barcode: str
    label: str
    participant: str
    timepoint: str
    specimen_type: str
    expected: bool
    recorded: Hole | None
    lies: Hole | None
    found: Found | None
    scanned_at: datetime | None
    scanned_by: str | None

    @property
    def is_out(self) -> bool:
        """Taken out when the audit began, and not scanned: nobody misses it."""
        return self.found is None and self.recorded is not None and self.recorded.away


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """An audit with its tubes, and the codes that named nothing."""

    audit: AuditRecord
    lines: tuple[AuditLine, ...]
    unknown: tuple[str, ...]

    @property
    def counts(self) -> Mapping[Found, int]:
        """How many were found how."""
        return {found: sum(line.found is found for line in self.lines) for found in Found}

    @property
    def to_scan(self) -> int:
        """How many are looked for and were not scanned yet."""
        return sum(line.found is None and not line.is_out for line in self.lines) if self.audit.ended_at is None else 0

    @property
    def concordance(self) -> int | None:
        """Of a hundred tubes that were looked for, how many were where they are recorded; None while nobody can say."""
        looked_for = [line for line in self.lines if line.expected and line.found is not None]
        if not looked_for or self.to_scan:
            return None
        return 100 * sum(line.found is Found.HERE for line in looked_for) // len(looked_for)


class ScanOutcome(StrEnum):
    """What came of one scan, beside how the tube was found."""

    RECORDED = "recorded"
    ALREADY = "already-scanned"
    UNKNOWN = "unknown-code"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of a scan: the tube's line, or the code that names nothing."""

    outcome: ScanOutcome
    code: str
    line: AuditLine | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """A tube somebody did something with while the audit went on: what they did stands, and nothing is written of it here."""

    barcode: str
    was: Hole | None
    is_: Hole | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An audit as it was accepted."""

    view: AuditView
    stale: tuple[Stale, ...]
