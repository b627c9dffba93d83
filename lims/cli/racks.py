"""``lims rack``: a rack scanner's files, one at a time or as they come into a folder."""

import time
from collections.abc import Iterator
from pathlib import Path

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.db import Database
from lims.errors import LimsError
from lims.ids import in_fours
from lims.racks.queries import difference_of
from lims.racks.rules import seen_of
from lims.racks.service import accept_scan, box_named_by, offer_scan
from lims.racks.tables import LARGEST_FILE
from lims.racks.vocabulary import AcceptScan, Decision, Difference, OfferScan, ScanRecord, ScanState, Standing, Turn
from lims.storage.records import ContainerRecord

MOST_FILES = 1_000
"""How many files of a folder are looked at in one pass."""
ENDINGS = frozenset({".csv", ".txt", ".tsv", ".json", ".xlsx"})
_ACCEPTED = "The record follows the scan."


@click.group()
def rack() -> None:
    """Rack scanners: what one saw of a box."""


@rack.command("read")
@click.argument("box")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--turn", type=click.Choice([turn.value for turn in Turn]), default="0", show_default=True, help="How the rack lay, in degrees."
)
@click.option("--accept", is_flag=True, help="Let the record follow what the scanner saw; else nothing changes.")
@click.option("--gone", type=click.Choice([each.value for each in Decision]), help="What became of every tube that was not seen.")
@click.option("--keep", multiple=True, metavar="HOLE", help="An unread hole that stays as it is recorded; may be given several times.")
@click.option("--leave-unknown", is_flag=True, help="Codes of no tube here are written down, and nothing is put there.")
@click.option("--reason", help="A note for the history.")
@in_words
def read_(
    box: str, file: Path, turn: str, accept: bool, gone: str | None, keep: tuple[str, ...], leave_unknown: bool, reason: str | None
) -> None:
    """What FILE shows of BOX against the record: hole, standing, code or tube, where it is recorded.

    Without --accept nothing changes; the scan waits on the box's page. Exit 1: it cannot be accepted as it is.
    """
    with house_database() as database, database.transaction() as session:
        at = clock.now()
        scan = offer_scan(session, OfferScan(box, file.name, file.read_bytes()), actor=operator(), at=at)
        if scan.state is not ScanState.WAITING:
            click.echo(
                f"{scan.file_name} of {scan.container_name} was {scan.state} by {scan.ended_by}. The same file twice is once.", err=True
            )
            return
        found, difference = difference_of(session, scan, Turn(turn))
        _say(found, scan, difference)
        if accept:
            decided = (
                {} if gone is None else {found.position_text(line.position) or "": Decision(gone) for line in difference.of(Standing.GONE)}
            )
            command = AcceptScan(
                scan_id=scan.id,
                turn=Turn(turn),
                seen=seen_of(found, difference),
                gone=decided,
                kept=frozenset(keep),
                leave_unknown=leave_unknown,
                occurred_at=at,
                reason=reason,
            )
            accept_scan(session, command, actor=operator(), at=at)
            click.echo(_ACCEPTED, err=True)


@rack.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option("--every", type=click.IntRange(1, 3600), default=10, show_default=True, help="Seconds between two looks.")
@in_words
def watch(folder: Path, once: bool, every: int) -> None:
    """Take the scanner's files that come into FOLDER; each waits on its box's page until somebody accepts it.

    The box is the one that the file names as its rack, else the one whose code begins the file's name. Files stay where they are, and
    the same file twice is once. A file that cannot be taken is said once, with why.
    """
    told: set[tuple[str, int, int]] = set()
    with house_database() as database:
        while True:
            for path, known_as in _new_files(folder, told):
                told.add(known_as)
                _take(database, path)
            if once:
                return
            time.sleep(every)


def _new_files(folder: Path, told: set[tuple[str, int, int]]) -> Iterator[tuple[Path, tuple[str, int, int]]]:
    """Files that were not looked at, or have changed since; by name, and no more than a pass should take."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    for path in found[:MOST_FILES]:
        about = path.stat()
        known_as = (path.name, about.st_mtime_ns, about.st_size)
        if known_as not in told and about.st_size <= LARGEST_FILE:
            yield path, known_as


def _take(database: Database, path: Path) -> None:
    try:
        with database.transaction() as session:
            content = path.read_bytes()
            box = box_named_by(session, path.name, content)
            scan = offer_scan(session, OfferScan(box.barcode, path.name, content), actor=operator(), at=clock.now())
            if scan.state is ScanState.WAITING:
                _, difference = difference_of(session, scan)
                click.echo(f"{path.name}\t{in_fours(box.barcode)}\t{box.name}\t{_in_short(difference)}")
            else:
                click.echo(f"{path.name}\t{in_fours(box.barcode)}\t{box.name}\t{scan.state} before")
    except LimsError as error:
        click.echo(f"{path.name}: {error.sentence}", err=True)
    except OSError as error:
        click.echo(f"{path.name} cannot be read: {(error.strerror or str(error)).lower()}.", err=True)


def _say(box: ContainerRecord, scan: ScanRecord, difference: Difference) -> None:
    for line in difference.lines:
        shown = (
            box.position_text(line.position) or "",
            line.standing.value,
            line.barcode or line.code or "",
            line.place or "",
            line.why or "",
        )
        click.echo("\t".join(shown))
    click.echo(f"{scan.file_name} ({scan.file.format}) of {box.name}: {_in_short(difference)}.", err=True)
    if difference.better is not None:
        fits = f"{difference.better_fits} tubes are where they are recorded, else {difference.fits}"
        click.echo(f"If the rack lay turned by {difference.better}°, {fits}: --turn {difference.better}.", err=True)


def _in_short(difference: Difference) -> str:
    counts = ", ".join(f"{len(difference.of(each))} {each.value}" for each in Standing if difference.of(each))
    return counts or "nothing recorded, nothing seen"
