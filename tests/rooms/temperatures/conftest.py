"""A freezer with its logger, some boxes in it, and the time at which it is warm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lims.accounts.vocabulary import SYSTEM
from lims.checks import ledger_checks
from lims.custody.verification import verify
from lims.storage.containers import move_container
from lims.storage.records import ContainerRecord
from lims.storage.vocabulary import MoveContainer
from lims.temperatures.queries import list_excursions
from lims.temperatures.service import import_log, set_limits
from lims.temperatures.vocabulary import ExcursionRecord, ImportLog, Limits, LogReport, SetLimits
from tests.support.bench import NOW, Bench


@dataclass
class Freezer:
    """One freezer and what its logger wrote; times are minutes after the bench's first."""

    bench: Bench
    container: ContainerRecord
    rack: ContainerRecord
    box: ContainerRecord

    @property
    def session(self) -> Session:
        return self.bench.session

    def limit(self, warm: str | None = "-70", cold: str | None = None, minutes: int = 30, at: datetime = NOW) -> Limits:
        degrees = [None if each is None else Decimal(each) for each in (warm, cold)]
        command = SetLimits(
            container=self.container.barcode, warm_c=degrees[0], cold_c=degrees[1], tolerated_minutes=minutes, occurred_at=at
        )
        return set_limits(self.session, command, actor=SYSTEM, at=max(at, self.bench.at))

    def log(self, *readings: tuple[float, float], at: datetime | None = None, **more: Any) -> LogReport:
        """Minutes and degrees, as a logger writes them, in UTC."""
        lines = "".join(f"{NOW + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S},{degree}\n" for minute, degree in readings)
        plain = {"container": self.container.barcode, "file_name": "logger.csv", "zone": "UTC"}
        command = ImportLog(**plain | {"content": f"Time,Temperature (°C)\n{lines}".encode()} | more)
        return import_log(self.session, command, actor=SYSTEM, at=at or NOW + timedelta(days=30))

    def warm(self, begin: int = 100, end: int = 200, degrees: float = -55.5) -> ExcursionRecord:
        """Cold, then warm from one minute to another, then cold."""
        self.log((begin - 10, -80), *((minute, degrees) for minute in range(begin, end, 10)), (end, -79))
        return self.excursions()[0]

    def excursions(self) -> list[ExcursionRecord]:
        return list_excursions(self.session, self.container.id)

    def at(self, minute: int) -> None:
        """The bench's next act is one minute after this."""
        self.bench.at = NOW + timedelta(minutes=minute)

    def move(self, container: ContainerRecord, parent: ContainerRecord | None, minute: int) -> None:
        when = NOW + timedelta(minutes=minute)
        command = MoveContainer(container=container.barcode, parent=None if parent is None else parent.barcode, occurred_at=when)
        move_container(self.session, command, actor=SYSTEM, at=when)

    def differences(self) -> Sequence[str]:
        return [each.sentence for each in verify(self.session, ledger_checks())]


def new_freezer(session: Session) -> Freezer:
    """A freezer with a rack in it, and a box in that."""
    bench = Bench(session).open_study()
    container = bench.container("freezer", "F2")
    rack = bench.container("rack", "R1", container)
    return Freezer(bench, container, rack, bench.container("box-9x9", "B1", rack))


@pytest.fixture
def freezer(session: Session) -> Freezer:
    return new_freezer(session)
