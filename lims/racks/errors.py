"""What may go wrong with a rack scan. A file that is no table at all is refused as every file is (``imports.file-unreadable``)."""

from collections.abc import Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence


class FileNotUnderstood(InvalidInput):
    """A rack scanner's file that cannot be taken for what it says; the line is named where it is one."""

    code = "racks.file-not-understood"

    def __init__(self, name: str, why: str, line: int | None = None) -> None:
        where = "file" if line is None else f"line {line}"
        said = f"{name}: {why}" if line is None else f"{name}, line {line}: {why}"
        super().__init__(said, (Finding(where, why),))
        self.name, self.why, self.line, self.where = name, why, line, _at(line)


class SeenTwice(InvalidInput):
    """One code, or one hole, stands twice in a file: nobody can say which is right."""

    code = "racks.seen-twice"

    def __init__(self, what: str, first: int, second: int) -> None:
        super().__init__(
            f"{in_fours(what)} stands in lines {first} and {second}. Scan the rack again.",
            (Finding(f"line {second}", Sentence("it stands in line %(first)s already", first=first), what),),
        )
        self.what, self.first, self.second = what, first, second


class WrongSize(InvalidInput):
    """The file is of a rack of another size than the box."""

    code = "racks.wrong-size"

    def __init__(self, container: str, rows: int, columns: int, file_rows: int, file_columns: int) -> None:
        super().__init__(
            f"{container} has {rows} × {columns} holes, the file is of {file_rows} × {file_columns}. "
            "Choose the right rack type at the scanner, and scan again."
        )
        self.container, self.size, self.file_size = container, f"{rows} × {columns}", f"{file_rows} × {file_columns}"


class TurnDoesNotFit(InvalidInput):
    """A quarter turn of a rack that is not square."""

    code = "racks.turn-does-not-fit"

    def __init__(self, container: str, rows: int, columns: int, turn: str) -> None:
        super().__init__(
            f"{container} has {rows} × {columns} holes and cannot lie turned by {turn}°. Choose 0 or 180.",
            (Finding("turn", Sentence("one of %(choices)s", choices="0, 180"), turn),),
        )
        self.container, self.size, self.turn = container, f"{rows} × {columns}", turn


class AnotherRack(InvalidInput):
    """The file names another box than the one it was given for."""

    code = "racks.another-rack"

    def __init__(self, container: str, says: str, name: str) -> None:
        super().__init__(
            f"The file is of {name} ({in_fours(says)}), not of {container}. Open that box, or scan the right rack.",
            (Finding("file", Sentence("it is of another box"), says),),
        )
        self.container, self.says, self.name = container, says, name


class NoBoxNamed(InvalidInput):
    """A file in a watched folder that names no box, neither inside nor by its own name."""

    code = "racks.no-box-named"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} names no box known here. Begin its name with the box's code, or give it on the box's page.")
        self.name = name


class HasNoHoles(RuleViolation):
    """A container in which tubes lie loose has nothing a rack scanner could see."""

    code = "racks.has-no-holes"

    def __init__(self, container: str) -> None:
        super().__init__(f"{container} has no holes, so a rack scanner cannot say where its tubes are. Scan them one by one.")
        self.container = container


class UnknownScan(NotFound):
    """No rack scan has that number."""

    code = "racks.unknown-scan"

    def __init__(self, scan_id: int) -> None:
        super().__init__(f"There is no rack scan {scan_id}. Open the box, and look at its scans.")
        self.scan_id = scan_id


class ScanEnded(Conflict):
    """The scan was accepted, or put aside, before."""

    code = "racks.scan-ended"

    def __init__(self, file_name: str, container: str, state: str, by: str, on: str) -> None:
        done = "accepted" if state == "accepted" else "put aside"
        super().__init__(f"{file_name} of {container} was {done} by {by} on {on}. The same file twice is once: nothing to do.")
        self.file_name, self.container, self.state, self.by, self.on = file_name, container, state, by, on


class RecordChanged(Conflict):
    """Somebody changed the record of these holes since the difference was shown; nothing was done."""

    code = "racks.record-changed"

    def __init__(self, container: str, holes: Sequence[str]) -> None:
        super().__init__(f"The record has changed since you looked: {', '.join(holes)} of {container}. Look again, then accept.")
        self.container, self.holes = container, tuple(holes)


class Undecided(RuleViolation):
    """Holes that somebody has to decide on before a scan can be accepted."""

    code = "racks.undecided"

    def __init__(self, holes: Sequence[str], why: str) -> None:
        super().__init__(f"{', '.join(holes)}: {why}")
        self.holes, self.why = tuple(holes), why


class NotADecision(InvalidInput):
    """A decision that cannot be taken of that hole."""

    code = "racks.not-a-decision"

    def __init__(self, hole: str, given: str, possible: Sequence[str]) -> None:
        super().__init__(
            f"{hole}: “{given}” cannot be decided there. Possible: {', '.join(possible) or 'nothing'}.", (Finding(hole, given),)
        )
        self.hole, self.given, self.possible = hole, given, tuple(possible)


class NothingRead(RuleViolation):
    """A file in which no code was read."""

    code = "racks.nothing-read"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: the scanner read no tube at all. Check the rack and its size, and scan again.")
        self.name = name


def _at(line: int | None) -> str:
    return "" if line is None else Sentence("line %(line)s: ", line=line)
