"""Words of custody: what has a history, what may happen to it, and one act as it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

NO_HASH = "0" * 64
"""What the first event of a history names as the hash before it."""

Json = Any
"""A value JSON can carry: str, int, bool, None, lists and dictionaries of these; never a float, whose text is not one."""


class SubjectKind(StrEnum):
    """What has a history."""

    STUDY = "study"
    PARTICIPANT = "participant"
    COLLECTION = "collection"
    SPECIMEN = "specimen"
    CONTAINER = "container"
    BATCH = "batch"
    MANIFEST = "manifest"
    IMPORT = "import"
    PERSON = "person"
    PRINTER = "printer"
    PRINT_JOB = "print-job"
    KIT = "kit"
    AUDIT = "audit"
    PICK_LIST = "pick-list"
    DEVICE = "device"


class EventType(StrEnum):
    """What may happen. The facts each carries stand behind it."""

    # to a specimen
    REGISTERED = "registered"  # what it is: barcode, label, type, form, timepoint, amount, unit, thaw_count, parents, drawn
    RECEIVED = "received"  # from: who handed it over
    PLACED = "placed"  # from, to: {container_id, container, row, column, position}
    MOVED = "moved"  # from, to
    CHECKED_OUT = "checked_out"  # from (kept for it), to: who has it
    RETURNED = "returned"  # to
    REMOVED = "removed"  # from: taken out for good, in the hand again
    ALIQUOTED = "aliquoted"  # drawn, unit, count, specimen_type
    THAWED = "thawed"
    CONSUMED = "consumed"  # drawn (all that was left, when not said)
    DISPATCHED = "dispatched"  # from, to: who gets it
    QUARANTINED = "quarantined"
    RELEASED = "released"
    DISPOSED = "disposed"  # from
    FLAGGED = "flagged"  # code
    UNFLAGGED = "unflagged"  # code
    CODE_BOUND = "code_bound"  # code, role; to a person: their badge
    BATCHED = "batched"  # batch
    UNBATCHED = "unbatched"  # batch
    CORRECTED = "corrected"  # changes: {what: [was, is]}
    AUDITED = "audited"  # found: what an audit or a picker found, audit or pick_list; from, to where it is recorded elsewhere since
    REBOXED = "reboxed"  # from, to: in which hole it lies after its box was filled anew
    # to whatever a scan named, or, where it named nothing, to who says it
    DONE_BY_HAND = (
        "done_by_hand"  # barcode, type, where, refused: code of the refusal, by: who scanned, scanned_at; the reason: what was done
    )
    # to a collection, participant, study
    COLLECTED = "collected"  # what was taken, when
    NOT_COLLECTED = "not_collected"  # code
    ENROLLED = "enrolled"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    TREATED = "treated"  # kind, given_at
    TAKEN_OFF_STUDY = "taken_off_study"
    PROTOCOL_LOADED = "protocol_loaded"
    # to a container, a batch, a manifest
    CONTAINER_MADE = "container_made"
    CONTAINER_MOVED = "container_moved"  # from, to: {parent_id, parent, slot}
    CONTAINER_CLOSED = "container_closed"  # from
    CONTAINER_AUDITED = "container_audited"  # audit, counts: {found: how many}
    BOX_CLAIMED = "box_claimed"  # barcode, claim, device, device_name, until: one device fills it
    BOX_LEFT = "box_left"  # barcode, claim, device, device_name; reason where it ended otherwise
    CONTAINER_REBOXED = "container_reboxed"  # tubes, missing: how many
    RACK_SCANNED = "rack_scanned"  # scan, state, turn, file, format, sha256, reading_sha256, counts, kept, left_out
    LIMITS_SET = "limits_set"  # warm_milli_c, cold_milli_c, tolerated_minutes
    TEMPERATURES_READ = "temperatures_read"  # log, file, zone, readings, sha256, first_at, last_at, readings_sha256
    EXCURSION_REVIEWED = "excursion_reviewed"  # excursion, side, begun_at, ended_at, extreme_milli_c, limit_milli_c
    BATCH_OPENED = "batch_opened"
    BATCH_CHANGED = "batch_changed"
    BATCH_CLOSED = "batch_closed"
    MANIFEST_ISSUED = "manifest_issued"
    MANIFEST_PULLED = "manifest_pulled"
    IMPORTED = "imported"
    # to a printer, a print job, a kit
    PRINTER_ADDED = "printer_added"  # name, kind, address, dpi, stock, language
    PRINTER_CHANGED = "printer_changed"  # changes: {what: [was, is]}
    JOB_QUEUED = "job_queued"  # printer, template, purpose, labels: [{line, barcode, symbol, copy, reason, text}]
    JOB_PAUSED = "job_paused"
    JOB_RESUMED = "job_resumed"
    JOB_CANCELLED = "job_cancelled"  # labels: [{line, symbol}]
    LABELS_REPLACED = "labels_replaced"  # void_reason, labels: [{line, symbol}], queued: [as in JOB_QUEUED], where new ones follow
    LABELS_TAKEN = "labels_taken"  # labels: [{line, symbol}], as a file, for a printer of the person's own
    LABELS_PRINTED = "labels_printed"  # labels: [{line, symbol}], as a person says
    LABEL_VERIFIED = "label_verified"  # line, symbol, tube_code
    KIT_MADE = "kit_made"  # barcode, study, participant, timepoint, tubes: [{line, barcode, specimen_type, form}]
    KIT_BOUND = "kit_bound"  # participant, timepoint
    KIT_USED = "kit_used"  # used, unused: barcodes
    KIT_VOIDED = "kit_voided"
    # to an audit, a pick list
    AUDIT_BEGUN = "audit_begun"  # audit, kind, container, seed, lines: [{specimen, container_id, container, row, column, position}]
    AUDIT_SCANNED = "audit_scanned"  # specimen, where it was recorded then, to: where it lies
    AUDIT_UNSCANNED = "audit_unscanned"  # specimen
    AUDIT_ACCEPTED = "audit_accepted"  # counts, outcomes: {specimen: found}
    AUDIT_ABANDONED = "audit_abandoned"
    PICK_LIST_MADE = "pick_list_made"  # pick_list, lines: [{line, specimen}], source, into, minutes_out
    PICKED = "picked"  # line, specimen, event: that of the tube
    UNPICKED = "unpicked"  # line, specimen
    PICK_NOT_FOUND = "pick_not_found"  # line, specimen
    PICK_SUBSTITUTED = "pick_substituted"  # line: that of the substitute, specimen, instead_of: the line nobody found
    PICK_LIST_DONE = "pick_list_done"  # picked, left
    PICK_LIST_CANCELLED = "pick_list_cancelled"
    # to a device
    DEVICE_NAMED = "device_named"  # device, was, is
    # to a person's account
    ACCOUNT_MADE = "account_made"
    ACCOUNT_CHANGED = "account_changed"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    TOKEN_ISSUED = "token_issued"
    TOKEN_REVOKED = "token_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that happened, before it is written down."""

    type: EventType
    occurred_at: datetime
    facts: Mapping[str, Json] = field(default_factory=dict)
    reason: str | None = None
    corrects: int | None = None


@dataclass(slots=True)
class History:
    """A subject whose row this transaction has locked (or just made): its last sequence and hash, and the latest time any act happened.

    Appending moves it on, so several acts in one transaction follow each other.
    """

    subject_id: int
    kind: SubjectKind
    sequence: int = 0
    head: str = NO_HASH
    latest_occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One act as it stands in the ledger."""

    id: int
    subject_id: int
    sequence: int
    type: EventType
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    device: str | None
    reason: str | None
    corrects: int | None
    facts: Mapping[str, Json]
    previous_hash: str
    hash: str
