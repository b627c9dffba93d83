"""Kits in one line each: made, collected from, and what there is of their labels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.kits.collecting import collect_from_kit
from lims.kits.labels import wanted_and_held
from lims.kits.service import make_kits
from lims.kits.vocabulary import Collected, CollectFromKit, FilledTube, Kit, KitTubeRecord, MakeKits
from lims.labels.drawing import known_templates
from lims.printing.service import request_labels
from tests.factories import printing, trial


def make(session: Session, *, at: datetime = trial.NOW, **more: Any) -> Kit:
    """A kit of L07 for PRE, or as is said."""
    return make_kits(session, replace(MakeKits(participant="L07", timepoint="PRE"), **more), actor=SYSTEM, at=at)[0]


def make_for_stock(session: Session, *, timepoint: str | None = "PRE", at: datetime = trial.NOW, **more: Any) -> Kit:
    """A kit that is nobody's yet."""
    return make(session, participant=None, timepoint=timepoint, at=at, **more)


def collect(session: Session, kit: Kit, tubes: Sequence[str | FilledTube], *, at: datetime = trial.NOW, **more: Any) -> Collected:
    """These tubes of a kit, collected on the target day of PRE."""
    filled = tuple(FilledTube(tube) if isinstance(tube, str) else tube for tube in tubes)
    plain = CollectFromKit(kit=kit.summary.barcode, tubes=filled, collected_at=trial.PRE_AT)
    return collect_from_kit(session, replace(plain, **more), actor=SYSTEM, at=at)


def ask(
    session: Session,
    code: str,
    reason: str | None = None,
    *,
    on: str = "bench",
    template: str = printing.TEMPLATE,
    at: datetime = trial.NOW,
) -> int:
    """Labels of a kit's tubes that wait, by its code or a tube's, asked for; the job's id."""
    wanted = wanted_and_held(session, known_templates()[template], [code])
    return request_labels(session, printer=on, template=template, wanted=wanted, purpose="kit", reason=reason, actor=SYSTEM, at=at)


def tubes_of(kit: Kit, specimen_type: str, form: str = "primary") -> list[KitTubeRecord]:
    """The kit's tubes of one type."""
    return [tube for tube in kit.tubes if tube.specimen_type == specimen_type and tube.form == form]


def codes(tubes: Sequence[KitTubeRecord]) -> list[str]:
    """What is scanned of them."""
    return [tube.barcode for tube in tubes]


def stool(kit: Kit) -> list[str]:
    """The code of the kit's stool tube."""
    return codes(tubes_of(kit, "stool"))


def with_amount(barcode: str, amount: str, unit: str) -> FilledTube:
    """A tube, and how much is in it."""
    return FilledTube(barcode, Decimal(amount), unit)
