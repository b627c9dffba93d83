"""Making findings: the sentence in English, and beside it what it is made of, so that a page can say it in another language. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lims import clock
from lims.errors import LimsError
from lims.imports.vocabulary import Outcome, RowFinding
from lims.sentences import Fact, Sentence, fact_of

_OWN_BUSINESS = {"sentence", "findings"}
"""What every error has, and no sentence names."""


def finding(line: int, outcome: Outcome, column: str, value: str, code: str, sentence: str) -> RowFinding:
    """One thing found in a row."""
    reason = sentence[:1].upper() + sentence[1:]
    if isinstance(sentence, Sentence):
        return RowFinding(line, outcome, column, value, code, reason, sentence.template, sentence.facts)
    return RowFinding(line, outcome, column, value, code, reason)


def refused_by(line: int, column: str, value: str, error: LimsError, sentence: str | None = None) -> RowFinding:
    """A row that an error of another room refuses, in its own words or in ``sentence``."""
    found = finding(line, Outcome.REFUSED, column, value, error.code, sentence or error.sentence)
    return found if found.template else replace(found, facts=facts_of(error))


def facts_of(error: LimsError) -> dict[str, Fact]:
    """The fields of an error."""
    return {name: fact_of(value) for name, value in vars(error).items() if name not in _OWN_BUSINESS}


def facts_json(findings: Iterable[RowFinding]) -> str:
    """What the findings are made of, in their order; kept beside the report, which is English."""
    return json.dumps(
        [[each.template, _packed(each.facts)] if each.facts or each.template else [] for each in findings], ensure_ascii=False
    )


def with_facts(findings: Iterable[RowFinding], kept: str | None) -> list[RowFinding]:
    """Findings as they were read back from a report, with what they are made of; of a report that has none kept, as they are."""
    found = list(findings)
    facts: list[list[Any]] = json.loads(kept) if kept else [[]] * len(found)
    return [replace(each, template=made[0], facts=unpacked(made[1])) if made else each for each, made in zip(found, facts, strict=True)]


def error_json(error: LimsError) -> str:
    """An error as it is kept for a page that is opened later."""
    said = error.sentence
    template, facts = (said.template, said.facts) if isinstance(said, Sentence) else ("", facts_of(error))
    return json.dumps([error.code, str(said), template, _packed(facts)], ensure_ascii=False)


def error_from_json(kept: str) -> RowFinding:
    """What was kept of an error, as a finding about the whole file."""
    code, sentence, template, facts = json.loads(kept)
    return RowFinding(0, Outcome.REFUSED, "", "", code, sentence, template, unpacked(facts))


def _packed(facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {name: _pack(fact) for name, fact in facts.items()}


def _pack(fact: Fact) -> Any:
    """JSON knows text, whole numbers and lists; what is something else says what it is."""
    match fact:
        case Sentence():
            return {"says": fact.template, "facts": _packed(fact.facts)}
        case Decimal():
            return {"number": str(fact)}
        case datetime():
            return {"moment": clock.iso(fact)}
        case date():
            return {"day": fact.isoformat()}
        case _:
            return fact


def unpacked(facts: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts that were packed."""
    return {name: _unpack(fact) for name, fact in facts.items()}


def _unpack(kept: Any) -> Fact:
    match kept:
        case {"says": str(template), "facts": facts}:
            return Sentence(template, **unpacked(facts))
        case {"number": str(number)}:
            return Decimal(number)
        case {"moment": str(moment)}:
            return clock.from_iso(moment)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case list():
            return tuple(kept)
        case _:
            fact: str | int | None = kept
            return fact
