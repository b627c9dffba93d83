"""Where in a request a refusal points.

A room names what it knows: a field, or the thing it could not take. A request may call that otherwise, or say it as one of many, so the
place is looked up in what was sent: ``/specimens/2/amount``, ``/flags/0``; a parameter of the address has its name, ``/participant``.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lims.api.strict_json import pointer
from lims.custody.errors import ReasonMissing
from lims.errors import Conflict, Finding, InvalidInput, LimsError, NotFound, RuleViolation

Step = str | int
Place = tuple[tuple[Step, ...], Any]
"""The steps to a value that was sent, and the value."""

_NO_FACTS = {"sentence", "code", "findings", "why"}


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


def placed(error: LimsError, sent: Sequence[Place]) -> tuple[Finding, ...]:
    """What a refusal finds wrong, each at its place in what was sent; of a thing that cannot be taken, where it was named."""
    if isinstance(error, InvalidInput) and error.findings:
        return tuple(_find(finding, error, sent) for finding in error.findings)
    if isinstance(error, ReasonMissing):
        return (Finding("/reason", error.sentence),)
    if not isinstance(error, (NotFound, Conflict, RuleViolation, InvalidInput)):
        return ()
    found = next((place for name, fact in _facts(error) if (place := _place_of(name, fact, sent))), None)
    if found is None or (isinstance(error, RuleViolation) and not any(isinstance(step, int) for step in found)):
        return ()  # of a rule, only which of many broke it
    return (Finding(pointer(*found), error.sentence),)


def places(sent: Any, steps: tuple[Step, ...] = ()) -> Iterator[Place]:
    """Every value in what was sent that holds no other, with the way to it."""
    match sent:
        case dict():
            for name, part in sent.items():
                yield from places(part, (*steps, name))
        case list():
            for index, part in enumerate(sent):
                yield from places(part, (*steps, index))
        case _:
            yield steps, sent


def _find(finding: Finding, error: LimsError, sent: Sequence[Place]) -> Finding:
    if not finding.where or finding.where.startswith("/"):
        return finding
    value = finding.value if finding.value is not None else getattr(error, finding.where, None)
    named = [place for place in sent if _name_of(place[0]) == finding.where]
    same = _with_value(value, named) or ([] if named else _with_value(value, sent))
    if same:
        return replace(finding, where=pointer(*same[0]))
    return replace(finding, where=pointer(*_in_common([steps for steps, _ in named])) if named else pointer(finding.where))


def _facts(error: LimsError) -> Iterator[tuple[str, Any]]:
    for name, fact in vars(error).items():
        if name not in _NO_FACTS and isinstance(fact, (str, int, Decimal, datetime)) and not isinstance(fact, bool):
            yield name, fact


def _place_of(name: str, fact: Any, sent: Sequence[Place]) -> tuple[Step, ...] | None:
    """Where a fact of a refusal was said. A number is only what it is called: 3 tubes are not hole 3."""
    among = [place for place in sent if _name_of(place[0]) == name] if isinstance(fact, (int, Decimal)) else sent
    return next(iter(_with_value(fact, among)), None)


def _with_value(value: Any, among: Iterable[Place]) -> list[tuple[Step, ...]]:
    if value is None or value == "":
        return []
    wanted = _plain(value)
    return [steps for steps, each in among if steps and not isinstance(each, bool) and each is not None and _plain(each) == wanted]


def _plain(value: Any) -> str:
    """A value as two ways of writing it agree: a code in fours, an amount with zeros, a moment in another zone."""
    with suppress(ValueError, OverflowError):
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).upper())
        if moment.tzinfo is not None:
            return str(moment.timestamp())
    text = "".join(str(value).split()).casefold()
    with suppress(InvalidOperation):
        return format(Decimal(text).normalize(), "f") if text[:1].isdecimal() else text
    return text


def _name_of(steps: tuple[Step, ...]) -> str | None:
    return next((step for step in reversed(steps) if isinstance(step, str)), None)


def _in_common(ways: Sequence[tuple[Step, ...]]) -> tuple[Step, ...]:
    """The way as far as all of them go together; one way alone as far as its name."""
    first, *others = ways
    if not others:
        return first
    shared = [steps[0] for steps in zip(*ways, strict=False) if len(set(steps)) == 1]
    return tuple(shared)
