"""What may go wrong, as one tree.

::

    LimsError
    ├── NotFound        nothing is known by that code
    ├── Conflict        somebody or something is there already; nothing has changed
    │   └── OutcomeUnknown   the database did not say whether it kept the act; ask again with the same operation id
    ├── RuleViolation   a rule of the laboratory or of the protocol forbids it
    ├── InvalidInput    what was given cannot be read
    └── NotPermitted    this person may not do this

Each error has a stable ``code`` for programs, a sentence for a gloved technician (what is so, then what to do), and its facts as
attributes. Which HTTP status it gets is each door's business.
"""

from dataclasses import dataclass


class LimsError(Exception):
    """Something a person can be told in one sentence."""

    code = "lims.error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(LimsError):
    """Nothing is known by that code."""

    code = "not-found"


class Conflict(LimsError):
    """Somebody or something is there already."""

    code = "conflict"


class OutcomeUnknown(Conflict):
    """The database was lost before it said whether it kept the act."""

    code = "outcome-unknown"

    def __init__(self) -> None:
        super().__init__("The connection to the database was lost. Send it again: what was kept is not done twice.")


class RuleViolation(LimsError):
    """A rule of the laboratory or of the protocol forbids it."""

    code = "rule-violation"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with what was given: where (a JSON pointer, a column, a line) and why."""

    where: str
    sentence: str
    value: str | None = None


class InvalidInput(LimsError):
    """What was given cannot be read; ``findings`` say where."""

    code = "invalid-input"

    def __init__(self, sentence: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.findings = findings


class NotPermitted(LimsError):
    """This person may not do this."""

    code = "not-permitted"
