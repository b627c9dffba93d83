"""Words of batches: what may be asked for, and a batch with its members as it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.specimens.vocabulary import Remark


class BatchState(StrEnum):
    """Whether members may still come and go."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSelection:
    """Fill with what is free: every complete pair (or, of an assay of one side, one tube a participant) not batched before.

    None and empty ask for all.
    """

    cohort: str | None = None
    participants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBatch:
    """Begin a batch of one assay: with these tubes, or with what is free, or empty.

    ``size`` is how many places it has, controls included; None: no limit.
    """

    assay: str
    name: str | None = None
    size: int | None = None
    specimens: tuple[str, ...] = ()
    select: PairSelection | None = None
    controls: tuple[str, ...] = ()
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A tube in a batch. ``pair_id`` and ``side`` are None where it is no half of a pair."""

    specimen_id: int
    barcode: str
    label: str
    participant: str
    timepoint: str
    specimen_type: str
    pair_id: str | None
    side: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecord:
    """A batch, without its members. It was begun under one version of the protocol; another may be today's."""

    id: int
    code: str
    study_id: int
    study_code: str
    protocol_version_id: int
    current_protocol_id: int
    assay: str
    name: str | None
    size: int | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def state(self) -> BatchState:
        """Open until it is closed."""
        return BatchState.OPEN if self.closed_at is None else BatchState.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """A batch with its members, pairs side by side, and its controls; ``warnings`` are of the act just done."""

    batch: BatchRecord
    members: tuple[Member, ...]
    controls: tuple[str, ...]
    warnings: tuple[Remark, ...] = ()

    @property
    def places_left(self) -> int | None:
        """How many more tubes fit; None where there is no limit."""
        return None if self.batch.size is None else self.batch.size - len(self.members) - len(self.controls)
