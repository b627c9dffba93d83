"""What may go wrong with codes."""

from lims.errors import Conflict, InvalidInput, NotFound
from lims.ids import in_fours
from lims.sentences import Sentence


class CodeTaken(Conflict):
    """That code names another thing already, for ever."""

    code = "labels.code-taken"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"{in_fours(barcode)} is on another thing already. A code is never used twice: take another tube or label.")
        self.barcode = barcode


class CodeGivenTwice(InvalidInput):
    """The same code for two things in one act."""

    code = "labels.code-given-twice"

    def __init__(self, barcode: str) -> None:
        super().__init__(f"{in_fours(barcode)} is given twice. Each tube has a code of its own.")
        self.barcode = barcode


class UnknownCode(NotFound):
    """Nothing is known by that code."""

    code = "labels.unknown-code"

    def __init__(self, read: str) -> None:
        super().__init__(f"Read as {in_fours(read)}: nothing here has that code. Scan it again, or register it first.")
        self.read = read


class CodeNotUsable(InvalidInput):
    """A code that may not be bound: it would not survive a label or a scanner."""

    code = "labels.code-not-usable"

    def __init__(self, read: str, why: str) -> None:
        super().__init__(f"{read!r} cannot be a tube's code: {why}")
        self.read, self.why = read, why


class NotABadge(NotFound):
    """Nobody has that code as a badge."""

    code = "labels.not-a-badge"

    def __init__(self, read: str) -> None:
        shown = in_fours(read)
        super().__init__(Sentence("Read as %(read)s: that is nobody’s badge. Scan your badge, or type your name.", read=shown))
        self.read = shown


class BadgeReplaced(Conflict):
    """A badge that counts no more, for its person has a newer one."""

    code = "labels.badge-replaced"

    def __init__(self, username: str) -> None:
        super().__init__(Sentence("This badge of %(username)s was replaced. Scan the new one, and destroy this one.", username=username))
        self.username = username
