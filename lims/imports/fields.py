"""What a row of each kind of file may say, and what it must. Pure.

A mapping gives each field the column it stands in; a field without a column is simply not said.
"""

from lims.imports.vocabulary import ImportKind

FIELDS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.ROSTER: (
        "participant",
        "cohort",
        "sex",
        "enrolled_on",
        "consent_on",
        "carried_over_from",
        "external_id",
        "status",
        "withdrawn_on",
        "off_study_on",
        "reason",
    ),
    ImportKind.COLLECTIONS: (
        "participant",
        "timepoint",
        "specimen_type",
        "container",
        "collected_at",
        "received_at",
        "processed_at",
        "frozen_at",
        "amount",
        "unit",
        "barcode",
        "flags",
        "note",
    ),
    ImportKind.INVENTORY: (
        "barcode",
        "participant",
        "timepoint",
        "specimen_type",
        "container",
        "amount",
        "unit",
        "frozen_on",
        "position",
        "note",
    ),
}

NEEDED: dict[ImportKind, frozenset[str]] = {
    ImportKind.ROSTER: frozenset({"participant", "cohort", "enrolled_on"}),
    ImportKind.COLLECTIONS: frozenset({"participant", "timepoint", "specimen_type", "collected_at"}),
    ImportKind.INVENTORY: frozenset({"barcode", "participant", "timepoint", "specimen_type", "unit"}),
}
"""Fields that every row says; the others may be empty."""
