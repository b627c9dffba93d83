"""Words of sequencing: what a manifest's columns are, in which formats it is kept, and a manifest as it was issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

COLUMNS = (
    "manifest",
    "line",
    "barcode",
    "label",
    "participant",
    "cohort",
    "timepoint",
    "side",
    "pair_id",
    "specimen_type",
    "assay",
    "amount",
    "unit",
    "container",
    "position",
    "plate",
    "well",
    "collected_at",
    "days_from_ildr",
    "frozen_at",
    "thaw_count",
    "flags",
)
"""The public contract: others rely on these names in this order. New ones are added at the end."""

Cell: TypeAlias = str | int | Decimal | None
"""What a line says in one column; None where it is not known, or does not apply."""

Line: TypeAlias = tuple[Cell, ...]
"""One tube, in the order of :data:`COLUMNS` without the first two, which the document gives."""


class ManifestFormat(StrEnum):
    """In which form a manifest is kept."""

    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """Its name on the web."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ManifestFormat.CSV: "text/csv; charset=utf-8",
    ManifestFormat.JSON: "application/json",
    ManifestFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a manifest says of itself."""

    number: str
    batch: str
    study: str
    assay: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest's bytes in one format, as they were issued."""

    content: bytes
    sha256: str
    media_type: str
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRecord:
    """An issued manifest; ``sha256`` by format."""

    id: int
    number: str
    batch: str
    assay: str
    line_count: int
    issued_at: datetime
    issued_by: str
    sha256: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRecord:
    """Somebody took a copy."""

    format: str
    pulled_by: str
    pulled_at: datetime
