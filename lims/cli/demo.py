"""Demo data for the first start: the trial's own (invented) files, divided by the protocol and put into freezers.

Everything is done by the laboratory's own verbs, so the demo is also a rehearsal of them. The files' days are moved so that the
trial stands today where it stood on :data:`AS_OF`: some windows open, some closing; what would lie in the future is left out.
"""

import io
import os
import re
import secrets
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import click

from lims import clock
from lims.accounts.service import add_user
from lims.accounts.vocabulary import SYSTEM, Actor, Role
from lims.batches.service import create_batch
from lims.batches.vocabulary import CreateBatch, PairSelection
from lims.cli.session import progress_bar
from lims.custody.vocabulary import Act, EventType
from lims.db import Database
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind
from lims.sequencing.service import issue_manifest
from lims.specimens import amounts
from lims.specimens.division import derive_aliquots
from lims.specimens.service import consume_specimen
from lims.specimens.vocabulary import AT_HAND, DeriveAliquots, NewTube, SpecimenForm
from lims.storage.containers import create_container
from lims.storage.records import TubeFilter
from lims.storage.service import place_specimen
from lims.storage.tubes import Tube, list_tubes
from lims.storage.vocabulary import CreateContainer, PlaceSpecimen
from lims.studies.protocol import AliquotPlan, CollectionPlan, Protocol
from lims.studies.queries import current_protocol, get_study

DEMO_PEOPLE = "demo-password.txt"
AS_OF = date(2026, 9, 10)
FILES = (("roster", "roster.csv"), ("collections", "collections.csv"), ("inventory", "legacy_inventory.xlsx"))
BOXES_A_RACK = 8
BOX_HOLES = 81


def load_demo(database: Database, data_dir: Path) -> None:
    """People, the trial's files, aliquots by plan, all put away, a batch with its manifest: in about a minute, with a progress bar."""
    _take_people_in(database, data_dir)
    for kind, name in FILES:
        content = _as_of_today(name, files("lims.cli").joinpath("demo_data", name).read_bytes())
        import_file(database, ImportFile(kind=ImportKind(kind), name=name, content=content), actor=_actor(), at=clock.now())
    with database.read() as session:
        _, protocol = current_protocol(session, get_study(session).id)
    primaries = _primaries(database)
    freezers = _Freezers(database)
    with progress_bar("Dividing and putting away", len(primaries)) as bar:
        for tubes in primaries:
            _divide_and_store(database, protocol, tubes, freezers)
            bar.update(1)
    _issue_a_manifest(database)
    click.echo("The demo's participants are invented; its files are those of tests/data/trial.", err=True)


def _as_of_today(name: str, content: bytes) -> bytes:
    """A file with every day in it moved by as many as have passed since :data:`AS_OF`."""
    moved = (clock.now().date() - AS_OF).days
    if name.endswith(".csv"):
        lines = content.decode("utf-8-sig").splitlines(keepends=True)
        kept = (_moved(line, moved) for line in lines if (_COLLECTED_AT.search(line) or [""])[0] <= AS_OF.isoformat())
        return "".join(kept).encode()
    from openpyxl import load_workbook  # at the first start alone

    book = load_workbook(io.BytesIO(content))
    for row in book.worksheets[0].iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, str) and _DAY.fullmatch(cell.value):
                cell.value = _moved(cell.value, moved)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _moved(text: str, days: int) -> str:
    return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + timedelta(days=days)).isoformat(), text)


_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_COLLECTED_AT = re.compile(r"(?<=,)20[0-9]{2}-[01][0-9]-[0-3][0-9](?= [0-9]{2}:[0-9]{2},20)")
"""The first of several moments of a row: when its tube was taken."""


def _actor() -> Actor:
    return Actor(SYSTEM.id, SYSTEM.username, SYSTEM.role, device="demo data")


def _take_people_in(database: Database, data_dir: Path) -> None:
    """One of each role; one password for all, known to whoever can read the data folder."""
    password = secrets.token_urlsafe(9)
    with database.transaction() as session:
        for role in Role:
            add_user(session, role.value, role, actor=_actor(), at=clock.now(), password=password)
    descriptor = os.open(data_dir / DEMO_PEOPLE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")


def _issue_a_manifest(database: Database) -> None:
    """A batch of twelve metagenomics pairs in the core's hands, and one of plasma still being filled."""
    with database.transaction() as session:
        command = CreateBatch(assay="metagenomics", name="first plate", size=24, select=PairSelection())
        batch = create_batch(session, command, actor=_actor(), at=clock.now())
        issue_manifest(session, batch.batch.code, actor=_actor(), at=clock.now())
    with database.transaction() as session:
        command = CreateBatch(assay="metabolomics-plasma", size=48, select=PairSelection(cohort="lung"))
        create_batch(session, command, actor=_actor(), at=clock.now())


def _primaries(database: Database) -> list[list[Tube]]:
    """What was collected, the tubes of one draw together."""
    draws: dict[tuple[str, str, str], list[Tube]] = defaultdict(list)
    for tube in _all_tubes(database):
        if tube.form == SpecimenForm.PRIMARY:
            draws[tube.participant, tube.timepoint, tube.specimen_type].append(tube)
    return list(draws.values())


def _all_tubes(database: Database) -> Iterator[Tube]:
    after = 0
    with database.read() as session:
        while page := list_tubes(session, TubeFilter(), after=after, limit=200):
            yield from page
            after = page[-1].id


def _divide_and_store(database: Database, protocol: Protocol, tubes: list[Tube], freezers: "_Freezers") -> None:
    plan = protocol.get_collection_plan(tubes[0].specimen_type)
    if tubes[0].withdrawn_on is not None:
        return
    if not plan.divided:
        for tube in tubes:
            freezers.put(tube.barcode, plan.storage or "minus-80", tube.times.frozen_at or clock.now())
        return
    frozen_at = max((tube.times.frozen_at for tube in tubes if tube.times.frozen_at), default=clock.now())
    for aliquots in plan.aliquots_at(tubes[0].timepoint):
        for made in _divide(database, plan, tubes, aliquots):
            freezers.put(made.barcode, aliquots.storage, frozen_at)
    used_up = Act(type=EventType.CONSUMED, occurred_at=frozen_at, reason="divided; the rest was discarded")
    with database.transaction() as session:
        for tube in tubes:
            if tube.state in AT_HAND:
                consume_specimen(session, tube.barcode, used_up, amount=None, unit=None, actor=_actor(), at=clock.now())


def _divide(database: Database, plan: CollectionPlan, tubes: list[Tube], aliquots: AliquotPlan) -> tuple[NewTube, ...]:
    """The planned tubes, or as many as there is material for."""
    count = aliquots.count
    if plan.specimen_type == aliquots.specimen_type:
        with database.read() as session:
            left = [
                tube for tube in list_tubes(session, TubeFilter(collection_id=tubes[0].collection_id)) if tube.form == SpecimenForm.PRIMARY
            ]
        count = min(count, (left[0].amount or 0) // amounts.to_base(aliquots.amount, aliquots.unit))
    if count == 0:
        return ()
    command = DeriveAliquots(
        parents=tuple(tube.barcode for tube in (tubes if plan.specimen_type != aliquots.specimen_type else tubes[:1])),
        count=count,
        amount=aliquots.amount,
        unit=aliquots.unit,
        specimen_type=aliquots.specimen_type,
        purpose=aliquots.purpose,
    )
    with database.transaction() as session:
        return derive_aliquots(session, command, actor=_actor(), at=clock.now())


class _Freezers:
    """A freezer for each storage temperature, its racks and boxes made as they fill."""

    TYPES = {"minus-80": ("freezer", "F1"), "ln2-vapour": ("ln2-tank", "N1"), "room": ("cabinet", "K1")}

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stores: dict[str, str] = {}
        self.racks: dict[str, tuple[str, int]] = {}
        self.boxes: dict[str, tuple[str, int]] = {}
        self.made = 0

    def put(self, barcode: str, storage: str, at: datetime) -> None:
        """Into the next free hole of the open box of that temperature."""
        box, filled = self.boxes.get(storage) or (self._new_box(storage), 0)
        self.boxes[storage] = (box, filled + 1)
        if filled + 1 == BOX_HOLES:
            del self.boxes[storage]
        with self.database.transaction() as session:
            place_specimen(session, PlaceSpecimen(specimen=barcode, container=box, occurred_at=at), actor=_actor(), at=clock.now())

    def _new_box(self, storage: str) -> str:
        rack, boxes = self.racks.get(storage) or (self._new_rack(storage), 0)
        self.racks[storage] = (rack, boxes + 1)
        if boxes + 1 == BOXES_A_RACK:
            del self.racks[storage]
        self.made += 1
        return self._make("box-9x9", f"B-{self.made:04d}", rack)

    def _new_rack(self, storage: str) -> str:
        store = self.stores.get(storage)
        if store is None:
            type_, name = self.TYPES[storage]
            store = self.stores[storage] = self._make(type_, name, None)
        self.made += 1
        return self._make("rack", f"R{self.made}", store)

    def _make(self, type_: str, name: str, parent: str | None) -> str:
        with self.database.transaction() as session:
            return create_container(session, CreateContainer(type=type_, name=name, parent=parent), actor=_actor(), at=clock.now()).barcode
