"""What may go wrong with manifests."""

from collections.abc import Mapping, Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence

TOLD_AT_MOST = 8


class UnknownManifest(NotFound):
    """No manifest has that number."""

    code = "sequencing.unknown-manifest"

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no manifest {given[:40]!r}. Look its number up on the batch's page.")
        self.given = given[:40]


class UnknownFormat(InvalidInput):
    """A manifest is not kept in that form."""

    code = "sequencing.unknown-format"

    def __init__(self, given: str, known: Sequence[str]) -> None:
        sentence = Sentence("a manifest is kept as %(known)s", known=", ".join(known))
        super().__init__(f"{given[:40]!r}: {sentence}. Choose one of these.", (Finding("format", sentence, given[:40]),))
        self.given, self.known, self.why = given[:40], tuple(known), sentence


class NothingToIssue(RuleViolation):
    """A manifest of nothing."""

    code = "sequencing.nothing-to-issue"

    def __init__(self, batch: str) -> None:
        super().__init__(f"{batch} is empty. Put tubes into it first.")
        self.batch = batch


class MembersNotUsable(RuleViolation):
    """Tubes that became unusable after they were batched; every one is named, with why."""

    code = "sequencing.members-not-usable"

    def __init__(self, batch: str, why: Mapping[str, Sequence[str]]) -> None:
        told = " ".join(f"{in_fours(barcode)}: {' '.join(reasons)}" for barcode, reasons in list(why.items())[:TOLD_AT_MOST])
        more = f" And {len(why) - TOLD_AT_MOST} more." if len(why) > TOLD_AT_MOST else ""
        super().__init__(f"{batch} cannot be issued. {told}{more} Take them out of the batch first.")
        self.batch, self.why = batch, {barcode: tuple(reasons) for barcode, reasons in why.items()}


class DocumentChanged(Conflict):
    """The bytes kept are not the bytes issued; nobody gets them."""

    code = "sequencing.document-changed"

    def __init__(self, number: str, format_: str) -> None:
        super().__init__(f"{number} as {format_} is not what was issued, and is not given out. Tell whoever runs the service to verify it.")
        self.number, self.format = number, format_
