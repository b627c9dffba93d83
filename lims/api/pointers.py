"""Where in a body a refusal points: a room names what it knows, and a body may call that otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lims.errors import Finding, InvalidInput


@contextmanager
def pointing(**names: str) -> Iterator[None]:
    """Within this, a refusal points at the body's own names: ``pointing(reason="not_collected")``."""
    try:
        yield
    except InvalidInput as error:
        error.findings = tuple(pointed(finding, names) for finding in error.findings)
        raise


def pointed(finding: Finding, names: dict[str, str]) -> Finding:
    """A finding at the name that the body has for it."""
    return replace(finding, where=names.get(finding.where, finding.where))
