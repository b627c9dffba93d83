"""Why a row was refused or marked: an error or a remark of another room as a finding, with the column it is about. Pure."""

from collections.abc import Iterable, Mapping

from lims.errors import InvalidInput, LimsError
from lims.ids import in_fours
from lims.imports.findings import finding, refused_by
from lims.imports.vocabulary import InventoryEntry, MappedRow, Outcome, RowFinding
from lims.labels.errors import CodeTaken
from lims.sentences import Sentence
from lims.specimens.vocabulary import Remark
from lims.storage.errors import NoSuchPosition, PositionOccupied
from lims.studies.protocol import ComputedFlag, Protocol
from lims.studies.protocol_errors import UnknownCode

_FIELDS_OF = {
    "accounts.not-allowed": ("cohort",),
    "custody.in-the-future": ("collected_at", "frozen_on"),
    "ids.malformed-code": ("barcode",),
    "ids.wrong-check-character": ("barcode",),
    "labels.code-given-twice": ("barcode",),
    "labels.code-not-usable": ("barcode",),
    "labels.code-taken": ("barcode",),
    "specimens.consent-withdrawn": ("collected_at", "frozen_on", "participant"),
    "specimens.not-a-primary": ("specimen_type",),
    "storage.no-such-position": ("position",),
    "storage.position-occupied": ("position",),
    "studies.cohort-full": ("cohort",),
    "studies.consent-out-of-order": ("withdrawn_on",),
    "studies.external-id-taken": ("external_id",),
    "studies.treated-already": ("collected_at",),
}
"""Which fields an error is about, the first that the row has; whatever is not here is about the participant."""

_FIELDS_OF_UNKNOWN = {"earlier study": "carried_over_from", "collection of": "specimen_type"}

_FIELDS_OF_REMARK = {
    ComputedFlag.RECEIVED_AFTER_PROCESSED: "received_at",
    ComputedFlag.SECOND_COLLECTION: "timepoint",
    ComputedFlag.CONSENT_WITHDRAWN: "participant",
    "unplanned": "timepoint",
    "other-container": "container",
    "wrong-temperature": "place",
}
"""The rest are about the time of collection, or the end of a processing limit."""

_WARNINGS = {ComputedFlag.SECOND_COLLECTION}
"""Nonconformances that mark a collection among others, and are no fault of the tube."""


class RowRefused(LimsError):
    """A row contradicts what is known; ``field`` is where."""

    code = "imports.contradiction"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def refusals(row: MappedRow, error: LimsError, lines: Mapping[str, int]) -> tuple[RowFinding, ...]:
    """Why a row could not be loaded. ``lines``: on which line of this file each code stands that was loaded."""
    if isinstance(error, InvalidInput) and not isinstance(error, UnknownCode | NoSuchPosition):
        told = [each for each in error.findings if each.where in row.cells]
        if told:
            return tuple(mark(row, Outcome.REFUSED, each.where, error.code, _whole(each.sentence)) for each in told)
    column, value = row.cells.get(_field_of(row, error), ("", ""))
    return (refused_by(row.line, column, value, error, _sentence(error, lines)),)


def marks(row: MappedRow, remarks: Iterable[Remark], protocol: Protocol) -> tuple[RowFinding, ...]:
    """What loaded tubes carry: nonconformances as flags, the rest as warnings."""
    return tuple(
        mark(row, _outcome(remark.code, protocol), _field_of_remark(row, remark.code, protocol), remark.code, remark.sentence)
        for remark in remarks
    )


def mark(row: MappedRow, outcome: Outcome, field: str, code: str, sentence: str) -> RowFinding:
    """One finding about a field of a row."""
    column, value = row.cells.get(field, ("", ""))
    return finding(row.line, outcome, column, value, code, sentence)


def _whole(sentence: str) -> str:
    """With its full stop."""
    if sentence.endswith("."):
        return sentence
    return Sentence("%(why)s.", why=sentence) if isinstance(sentence, Sentence) else f"{sentence}."


def _field_of(row: MappedRow, error: LimsError) -> str:
    if isinstance(error, RowRefused):
        return error.field
    if isinstance(error, UnknownCode):
        return _FIELDS_OF_UNKNOWN.get(error.what, error.what.replace(" ", "_"))
    if error.code.startswith("storage.") and error.code not in _FIELDS_OF:
        return _last_place(row)
    return next((field for field in _FIELDS_OF.get(error.code, ()) if field in row.cells), "participant")


def _sentence(error: LimsError, lines: Mapping[str, int]) -> str:
    """A collision names the line of the file it is with, where it is with one."""
    if isinstance(error, PositionOccupied):
        line = lines.get(error.occupant)
        return Sentence(
            "%(container)s %(position)s is taken by %(by)s. One tube, one hole: look which of them is there.",
            container=error.container,
            position=error.position,
            by=in_fours(error.occupant) if line is None else Sentence("line %(line)s", line=line),
        )
    if isinstance(error, CodeTaken) and (line := lines.get(error.barcode)) is not None:
        return Sentence(
            "code %(code)s is line %(line)s's already. One code, one tube: look which of them has it.", code=error.barcode, line=line
        )
    if isinstance(error, NoSuchPosition):
        return Sentence("no such hole: %(why)s", why=error.what_there_is)
    return error.sentence


def _outcome(code: str, protocol: Protocol) -> Outcome:
    is_flag = protocol.find_nonconformance(code) is not None and code not in _WARNINGS
    return Outcome.FLAGGED if is_flag else Outcome.WARNED


def _field_of_remark(row: MappedRow, code: str, protocol: Protocol) -> str:
    field = _FIELDS_OF_REMARK.get(code)
    if field == "place":
        return _last_place(row)
    if field is not None:
        return field
    plan = protocol.find_collection_plan(row.says.get("specimen_type", ""))
    ends = [limit.to for limit in (plan.limits if plan else ()) if code in (limit.late_flag, limit.early_flag)]
    return f"{ends[0]}_at" if ends else "collected_at"


def _last_place(row: MappedRow) -> str:
    is_in_a_place = isinstance(row.command, InventoryEntry) and row.command.places
    return [field for field in row.cells if field.startswith("place ")][-1] if is_in_a_place else "position"
