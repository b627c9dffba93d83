"""What may go wrong with pick lists."""

from collections.abc import Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.picking.vocabulary import InHand, PickLine


class UnknownPickList(NotFound):
    """No pick list has that code."""

    code = "picking.unknown"

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no pick list {given[:40]!r}. Look it up on the page of pick lists.")
        self.given = given[:40]


class BadPickList(InvalidInput):
    """A list that cannot be: of nothing, of two things at once, too long, a name or a time that cannot be."""

    code = "picking.bad-list"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, (Finding(field, sentence),))
        self.field = field


class NothingToPick(RuleViolation):
    """Nothing of what was asked for can be taken out."""

    code = "picking.nothing-to-pick"

    def __init__(self, reasons: Sequence[str]) -> None:
        why = " ".join(reasons[:_TOLD_AT_MOST])
        super().__init__(f"Nothing of it can be taken out. {why}".strip())
        self.reasons = tuple(reasons[:_TOLD_AT_MOST])


_TOLD_AT_MOST = 8


class PickListEnded(Conflict):
    """Somebody finished or cancelled it already."""

    code = "picking.ended"

    def __init__(self, pick_list: str, ended: str) -> None:
        super().__init__(f"{pick_list} is {ended}: nothing more is taken for it. Make another list.")
        self.pick_list, self.ended = pick_list, ended


class WrongTube(RuleViolation):
    """The tube is not on the list; the one that was probably meant is named, with the way to it."""

    code = "picking.wrong-tube"

    def __init__(self, tube: InHand, line: PickLine, is_: str, wants: str) -> None:
        where = line.where
        super().__init__(f"Put it back: this is {is_}; the list wants {wants}: {where}.")
        self.tube, self.line, self.is_, self.wants, self.where = tube, line, is_, wants, where


class NotOnList(RuleViolation):
    """The tube is not on the list, and nothing on it is wanted any more."""

    code = "picking.not-on-list"

    def __init__(self, scanned: str, pick_list: str) -> None:
        super().__init__(f"{in_fours(scanned)} is not on {pick_list}, and nothing more is wanted. Put it back, and scan DONE.")
        self.scanned, self.pick_list = scanned, pick_list


class AlreadyPicked(Conflict):
    """The line was taken before, by this person or another."""

    code = "picking.already-picked"

    def __init__(self, barcode: str, by: str) -> None:
        super().__init__(f"{in_fours(barcode)} was picked already, by {by}. Nothing to do.")
        self.barcode, self.by = barcode, by


class Replaced(RuleViolation):
    """Nobody had found it, and another tube stands in for it."""

    code = "picking.replaced"

    def __init__(self, barcode: str, substitute: str) -> None:
        super().__init__(f"{in_fours(substitute)} is taken instead of {in_fours(barcode)}, which nobody had found. Put this one back.")
        self.barcode, self.substitute = barcode, substitute


class LineNotWanted(Conflict):
    """A line that is to be given up, or replaced, and does not stand so."""

    code = "picking.line-not-wanted"

    def __init__(self, pick_list: str, line: int, state: str) -> None:
        super().__init__(f"Line {line} of {pick_list} is {state.replace('-', ' ')}. Look at the list.")
        self.pick_list, self.line, self.state_of_line = pick_list, line, state


class NoSuchLine(NotFound):
    """The list has no such line."""

    code = "picking.no-such-line"

    def __init__(self, pick_list: str, line: int) -> None:
        super().__init__(f"{pick_list} has no line {line}. Look at the list.")
        self.pick_list, self.line = pick_list, line


class NoSubstitute(RuleViolation):
    """The tube cannot stand in for the one nobody found."""

    code = "picking.no-substitute"

    def __init__(self, barcode: str, instead_of: str) -> None:
        super().__init__(
            f"{in_fours(barcode)} cannot stand in for {in_fours(instead_of)}: it is of another kind, too small, or wanted elsewhere."
        )
        self.barcode, self.instead_of = barcode, instead_of


class NotPicked(RuleViolation):
    """A tube that is to be put back onto the list, and was not taken for it."""

    code = "picking.not-picked"

    def __init__(self, barcode: str, pick_list: str) -> None:
        super().__init__(f"{in_fours(barcode)} was not picked for {pick_list}: there is nothing to take back.")
        self.barcode, self.pick_list = barcode, pick_list
