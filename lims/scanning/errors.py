"""What may go wrong with a scan."""

from lims.errors import NotFound
from lims.ids import in_fours


class UnknownScan(NotFound):
    """Nothing here has that code."""

    code = "scanning.unknown-code"

    def __init__(self, read: str) -> None:
        super().__init__(f"Read as {in_fours(read)}: nothing here has that code. Scan it again, or register it first.")
        self.read = read


class MisreadScan(NotFound):
    """A code of ours in which a character is wrong, so nothing has it."""

    code = "scanning.wrong-check-character"

    def __init__(self, read: str) -> None:
        super().__init__(f"Scan it again. Read as {in_fours(read)}, and one character of that is wrong.")
        self.read = read
