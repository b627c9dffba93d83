"""Every check that the rooms lend to verifying, in one place."""

from collections.abc import Sequence

from lims.custody.verification import ProjectionCheck
from lims.custody.vocabulary import SubjectKind


def ledger_checks() -> dict[SubjectKind, Sequence[ProjectionCheck]]:
    """By the kind of thing, what its histories are compared with."""
    return {}
