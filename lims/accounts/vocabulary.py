"""Words of accounts: who acts, in which role, and what each role may do. What is not listed is denied."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person is here for."""

    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    CORE = "core"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """What somebody may be allowed to do; also the scopes of a token."""

    READ = "read"
    READ_PARTICIPANTS = "read-participants"
    READ_TRAIL = "read-trail"
    REGISTER = "register"
    HANDLE = "handle"
    STORE = "store"
    ENROL = "enrol"
    OVERRIDE_CAPACITY = "override-capacity"
    DECIDE = "decide"
    CORRECT = "correct"
    PRINT = "print"
    PRINT_MORE = "print-more"
    BATCH = "batch"
    ISSUE_MANIFEST = "issue-manifest"
    PULL_MANIFEST = "pull-manifest"
    IMPORT = "import"
    OWN_ACCOUNT = "own-account"
    MANAGE_PEOPLE = "manage-people"
    MANAGE_STUDIES = "manage-studies"
    MANAGE_PRINTERS = "manage-printers"


_READING = {Action.READ, Action.READ_PARTICIPANTS, Action.OWN_ACCOUNT}
_BENCH = _READING | {Action.REGISTER, Action.HANDLE, Action.STORE, Action.PRINT}
_DESK = _BENCH | {
    Action.ENROL,
    Action.OVERRIDE_CAPACITY,
    Action.PRINT_MORE,
    Action.DECIDE,
    Action.CORRECT,
    Action.BATCH,
    Action.ISSUE_MANIFEST,
    Action.PULL_MANIFEST,
    Action.IMPORT,
    Action.READ_TRAIL,
}

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.TECHNICIAN: frozenset(_BENCH | {Action.CORRECT}),
    Role.COORDINATOR: frozenset(_DESK),
    Role.CORE: frozenset({Action.READ, Action.PULL_MANIFEST, Action.OWN_ACCOUNT}),
    Role.ANALYST: frozenset(_READING | {Action.PULL_MANIFEST}),
    Role.AUDITOR: frozenset(_READING | {Action.READ_TRAIL}),
    Role.ADMIN: frozenset(Action),
}


EVERYTHING = "*"
"""How a token's row says: all that the role of its user may."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, by a browser, a token or the command line, and with what."""

    id: int
    username: str
    role: Role
    scopes: frozenset[Action] | None = None
    device: str | None = field(default=None, compare=False)

    def may(self, action: Action) -> bool:
        """Whether the role, and the token's scopes where there is a token, allow ``action``."""
        return action in ALLOWED[self.role] and (self.scopes is None or action in self.scopes)


SYSTEM = Actor(id=1, username="system", role=Role.ADMIN)
"""The service itself, as at the first start; nobody signs in as it."""
