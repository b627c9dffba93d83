"""Pairs in one line each: stool of a participant at PRE and POST, divided, or from an older inventory."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.specimens.vocabulary import NewTube, PrimaryTube
from tests.factories.trial import ILDR_AT, PRE_AT, begin, collect, divide, enrol, give, old_tube

POST_AT = ILDR_AT + timedelta(days=21)


def take_stool(session: Session, participant: str, timepoint: str, *, container: str | None = "stool-tube", **more: Any) -> NewTube:
    """One primary tube of 2.4 g, on the target day."""
    taken = PRE_AT if timepoint == "PRE" else POST_AT
    times = {"collected_at": taken, "received_at": taken + timedelta(hours=1), "frozen_at": taken + timedelta(hours=3)}
    tubes = (PrimaryTube(container, Decimal(2400), "mg"),)
    return collect(session, participant=participant, timepoint=timepoint, **{"tubes": tubes, **times, **more}).specimens[0]


def stool_side(session: Session, participant: str, timepoint: str, count: int = 1, **more: Any) -> tuple[NewTube, ...]:
    """Aliquots of one side."""
    return divide(session, take_stool(session, participant, timepoint, **more).barcode, count)


def stool_pair(session: Session, participant: str, count: int = 1) -> tuple[tuple[NewTube, ...], tuple[NewTube, ...]]:
    """Aliquots of both sides: as many on each."""
    return stool_side(session, participant, "PRE", count), stool_side(session, participant, "POST", count)


def trial_with_pairs(session: Session, codes: Sequence[str] = ("L07",)) -> None:
    """The trial, its participants treated, each with 200 mg of stool of an older inventory on both sides."""
    begin(session, codes[0])
    for code in codes[1:]:
        enrol(session, code)
        give(session, code)
    for code in codes:
        old_tube(session, participant=code, timepoint="PRE")
        old_tube(session, participant=code, timepoint="POST")
