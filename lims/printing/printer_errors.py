"""What may go wrong with a printer before anything is printed: what is said of it, and the machine it stands for."""

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.sentences import Sentence


class UnknownPrinter(NotFound):
    """No printer has that name."""

    code = "printing.unknown-printer"

    def __init__(self, name: str) -> None:
        shown = name[:40]
        super().__init__(Sentence("There is no printer %(name)s. Choose one from the page of printers.", name=shown))
        self.name = shown


class PrinterRetired(RuleViolation):
    """The printer is in use no more."""

    code = "printing.printer-retired"

    def __init__(self, name: str) -> None:
        super().__init__(Sentence("%(name)s is retired and prints nothing more. Choose another printer.", name=name))
        self.name = name


class PrinterNameTaken(Conflict):
    """A printer has that name, or had it."""

    code = "printing.printer-name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(Sentence("There is, or was, a printer %(name)s. Give this one another name.", name=name))
        self.name = name


class LabelsWaiting(RuleViolation):
    """A printer is not retired while labels wait for it."""

    code = "printing.labels-waiting"

    def __init__(self, name: str, count: int) -> None:
        super().__init__(
            Sentence("%(count)s labels still wait for %(name)s. Cancel their jobs, or let them be printed.", count=count, name=name)
        )
        self.name, self.count = name, count


class BadPrinter(InvalidInput):
    """Something said of a printer that cannot be."""

    code = "printing.bad-printer"

    def __init__(self, field: str, value: object, why: str) -> None:
        shown = str(value)[:80]
        super().__init__(
            Sentence("%(field)s %(shown)s cannot be: %(why)s.", field=field, shown=shown, why=why), (Finding(field, why, shown),)
        )
        self.field, self.value, self.why = field, shown, why


class HostNotAllowed(RuleViolation):
    """A machine that is not listed among the printers'."""

    code = "printing.host-not-allowed"

    def __init__(self, host: str) -> None:
        shown = host[:80]
        super().__init__(
            Sentence("%(host)s may not be connected to. An operator lists the printers' machines in LIMS_PRINTER_HOSTS.", host=shown)
        )
        self.host = shown


class HostNotFound(InvalidInput):
    """A name that leads to no machine."""

    code = "printing.host-not-found"

    def __init__(self, host: str) -> None:
        shown = host[:80]
        super().__init__(Sentence("No machine is found by the name %(host)s. Check the printer's address.", host=shown))
        self.host = shown
