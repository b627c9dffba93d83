"""What may go wrong with a freezer's temperatures. A file that is no table at all is refused as every file is."""

from collections.abc import Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.sentences import Sentence


class LogNotUnderstood(InvalidInput):
    """A logger's file that cannot be taken for what it says; the line is named where it is one."""

    code = "temperatures.log-not-understood"

    def __init__(self, name: str, why: str, line: int | None = None) -> None:
        said = f"{name}: {why}" if line is None else f"{name}, line {line}: {why}"
        super().__init__(said, (Finding("file" if line is None else f"line {line}", why),))
        self.name, self.why, self.line = name, why, line
        self.where = "" if line is None else Sentence("line %(line)s: ", line=line)


class ReadingsDiffer(Conflict):
    """At one instant the freezer had another temperature, says what was taken in before."""

    code = "temperatures.readings-differ"

    def __init__(self, name: str, at: str, is_c: str, says_c: str) -> None:
        super().__init__(
            f"{name}: at {at} it says {says_c} °C, and {is_c} °C is recorded. Check that it is this freezer's file; nothing was taken in."
        )
        self.name, self.at, self.is_c, self.says_c = name, at, is_c, says_c


class NotAFreezer(RuleViolation):
    """A container that is as cold as what it stands in, and has no temperature of its own."""

    code = "temperatures.not-a-freezer"

    def __init__(self, container: str) -> None:
        super().__init__(f"{container} does not cool by itself. Open the freezer it stands in.")
        self.container = container


class LimitsNotUsable(InvalidInput):
    """Limits between which nothing can be."""

    code = "temperatures.limits-not-usable"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"These limits cannot be: {why}", (Finding(where, why),))
        self.where, self.why = where, why


class UnknownZone(InvalidInput):
    """A time zone nobody has."""

    code = "temperatures.unknown-zone"

    def __init__(self, given: str) -> None:
        super().__init__(f"{given[:40]!r} is no time zone. Give one such as Asia/Shanghai.", (Finding("zone", Sentence("is not known")),))
        self.given = given[:40]


class UnknownExcursion(NotFound):
    """No excursion has that number."""

    code = "temperatures.unknown-excursion"

    def __init__(self, excursion_id: int) -> None:
        super().__init__(f"There is no excursion {excursion_id}. Open the freezer, and look at its temperatures.")
        self.excursion_id = excursion_id


class NotTouched(InvalidInput):
    """Tubes that were not in the freezer during the excursion."""

    code = "temperatures.not-touched"

    def __init__(self, barcodes: Sequence[str]) -> None:
        super().__init__(f"Not in the freezer at that time: {', '.join(barcodes)}. Leave them out.")
        self.barcodes = tuple(barcodes)


class NothingToDo(RuleViolation):
    """None of the tubes chosen can be set aside, or released."""

    code = "temperatures.nothing-to-do"

    def __init__(self) -> None:
        super().__init__("None of these tubes waits for that. Choose others.")


class AlreadyReviewed(Conflict):
    """Somebody has closed the excursion before."""

    code = "temperatures.already-reviewed"

    def __init__(self, excursion_id: int, by: str) -> None:
        super().__init__(f"Excursion {excursion_id} was closed by {by}. Nothing to do.")
        self.excursion_id, self.by = excursion_id, by
