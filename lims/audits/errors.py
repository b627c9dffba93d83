"""What may go wrong with audits."""

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence


class UnknownAudit(NotFound):
    """No audit has that code."""

    code = "audits.unknown"

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no audit {given[:40]!r}. Scan the box to begin one.")
        self.given = given[:40]


class AuditEnded(Conflict):
    """Somebody accepted or abandoned it already."""

    code = "audits.ended"

    def __init__(self, audit: str, state: str) -> None:
        super().__init__(f"{audit} is {state}: nothing more comes into it. Scan the box to begin another.")
        self.audit, self.state_of_audit = audit, state


class NothingToAudit(RuleViolation):
    """A container that holds no tubes directly, and nobody said how many are to be drawn."""

    code = "audits.nothing-to-audit"

    def __init__(self, container: str) -> None:
        super().__init__(f"{container} holds no tubes itself. Scan a box, or say how many tubes are to be drawn from it.")
        self.container = container


class BadSample(InvalidInput):
    """A sample that cannot be drawn."""

    code = "audits.bad-sample"

    def __init__(self, most: int, size: int) -> None:
        sentence = Sentence("Give 1 to %(most)s tubes; %(size)s were asked for.", most=most, size=size)
        super().__init__(sentence, (Finding("size", sentence),))
        self.most, self.size = most, size


class NothingToDraw(RuleViolation):
    """No tube lies in it."""

    code = "audits.nothing-to-draw"

    def __init__(self, container: str) -> None:
        super().__init__(f"No tube lies in {container}. Scan another freezer.")
        self.container = container


class NotDrawn(RuleViolation):
    """A tube that is not among those drawn."""

    code = "audits.not-drawn"

    def __init__(self, barcode: str, audit: str) -> None:
        super().__init__(
            f"{in_fours(barcode)} is not among the tubes of {audit}. Put it back, and scan the tube in the hole that is shown."
        )
        self.barcode, self.audit = barcode, audit


class HoleClaimed(Conflict):
    """Two tubes of one audit in one hole."""

    code = "audits.hole-claimed"

    def __init__(self, position: str, other: str, barcode: str) -> None:
        super().__init__(f"{in_fours(other)} was scanned in {position}. Scan the hole that {in_fours(barcode)} lies in, then the tube.")
        self.position, self.other, self.barcode = position, other, barcode


class NotScanned(RuleViolation):
    """A scan that is to be taken back, and never was."""

    code = "audits.not-scanned"

    def __init__(self, barcode: str, audit: str) -> None:
        super().__init__(f"{in_fours(barcode)} was not scanned in {audit}: there is nothing to take back.")
        self.barcode, self.audit = barcode, audit
