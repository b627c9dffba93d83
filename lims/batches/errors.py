"""What may go wrong with batches."""

from collections.abc import Mapping, Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours

TOLD_AT_MOST = 8


class UnknownBatch(NotFound):
    """No batch has that code."""

    code = "batches.unknown"

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no batch {given[:40]!r}. Look it up on the page of batches.")
        self.given = given[:40]


class BatchClosed(RuleViolation):
    """Members come and go only while it is open."""

    code = "batches.closed"

    def __init__(self, batch: str) -> None:
        super().__init__(f"{batch} is closed: nothing comes in or out any more. Open another batch.")
        self.batch = batch


class BatchFull(RuleViolation):
    """More tubes and controls than there are places."""

    code = "batches.full"

    def __init__(self, size: int, wanted: int) -> None:
        super().__init__(f"{wanted} tubes and controls do not fit into {size} places. Leave {wanted - size} out, or open another batch.")
        self.size, self.wanted = size, wanted


class AliquotInBatch(Conflict):
    """The tube is in an open batch, this one or another."""

    code = "batches.aliquot-in-batch"

    def __init__(self, barcode: str, batch: str | None) -> None:
        where = f"batch {batch}" if batch else "another open batch"
        super().__init__(f"{in_fours(barcode)} is in {where} already. Take it out there first, or scan another tube.")
        self.barcode, self.batch = barcode, batch


class NotUsable(RuleViolation):
    """Tubes that the assay cannot use; every one is named, with why."""

    code = "batches.not-usable"

    def __init__(self, assay: str, why: Mapping[str, Sequence[str]]) -> None:
        told = " ".join(f"{in_fours(barcode)}: {' '.join(reasons)}" for barcode, reasons in list(why.items())[:TOLD_AT_MOST])
        more = f" And {len(why) - TOLD_AT_MOST} more." if len(why) > TOLD_AT_MOST else ""
        super().__init__(f"Not usable for {assay}. {told}{more} Leave them out.")
        self.assay, self.why = assay, {barcode: tuple(reasons) for barcode, reasons in why.items()}


class OtherStudy(RuleViolation):
    """A tube of another study."""

    code = "batches.other-study"

    def __init__(self, barcode: str, study: str) -> None:
        super().__init__(f"{in_fours(barcode)} is not of {study}. A batch holds tubes of one study: scan another tube.")
        self.barcode, self.study = barcode, study


class NothingFree(RuleViolation):
    """Nothing that could be selected."""

    code = "batches.nothing-free"

    def __init__(self, assay: str, *, paired: bool) -> None:
        what = "complete pair" if paired else "usable tube"
        super().__init__(f"No {what} for {assay} is left that was not batched before. Name the tubes, to work them again.")
        self.assay = assay


class NotInBatch(RuleViolation):
    """The tube is not in this batch."""

    code = "batches.not-in-batch"

    def __init__(self, barcode: str, batch: str) -> None:
        super().__init__(f"{in_fours(barcode)} is not in {batch}. Scan another tube, or look at its page.")
        self.barcode, self.batch = barcode, batch


class BadBatch(InvalidInput):
    """A size, a name or a control that cannot be."""

    code = "batches.bad-batch"

    def __init__(self, field: str, sentence: str, value: object) -> None:
        shown = str(value)[:40]
        super().__init__(f"{field} {shown!r}: {sentence}.", (Finding(field, sentence, shown),))
        self.field, self.value, self.why = field, shown, sentence
