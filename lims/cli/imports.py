"""``lims import``: a hospital's files."""

from pathlib import Path

import click

from lims import clock
from lims.cli.session import Refused, house_database, in_words, operator, progress_bar
from lims.cli.writing import write_whole
from lims.errors import LimsError
from lims.imports.report import report_csv
from lims.imports.service import Tally, import_file
from lims.imports.vocabulary import ImportFile, ImportKind, ImportReport

UNREADABLE = 2


class CannotRead(Refused):
    """The file as a whole cannot be taken in."""

    exit_code = UNREADABLE


class NoSuchFile(click.ClickException):
    """There is no file to take in."""

    exit_code = UNREADABLE


@click.command(name="import")
@click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="Which column and which word means what; ours, unless given.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--report", "report_to", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings here, as CSV.")
@in_words
def import_(kind: str, file: Path, mapping: Path | None, dry_run: bool, report_to: Path | None) -> None:
    """Load participants, collections or existing tubes from a CSV or XLSX FILE.

    Good rows load, bad ones come back; the same file twice changes nothing. Exit 0: none refused; 1: some refused; 2: the file
    cannot be read.
    """
    given = ImportFile(
        kind=ImportKind(kind),
        name=file.name,
        content=_content(file),
        mapping=None if mapping is None else _content(mapping).decode("utf-8-sig", errors="replace"),
        mapping_name="" if mapping is None else mapping.name,
        dry_run=dry_run,
    )
    report = _import(given)
    if report_to is not None:
        write_whole(report_to, report_csv(report.findings).encode())
    _say(report, shown=report_to is None)
    raise SystemExit(1 if report.refused else 0)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoSuchFile(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _import(given: ImportFile) -> ImportReport:
    with house_database() as database, progress_bar(given.name, 1) as bar:

        def progress(tally: Tally) -> None:
            bar.length = tally.rows
            bar.update(tally.done - bar.pos)

        try:
            return import_file(database, given, actor=operator(), at=clock.now(), report=progress)
        except LimsError as error:
            raise CannotRead(error) from error


def _say(report: ImportReport, *, shown: bool) -> None:
    if shown:
        for each in report.findings:
            where = f"line {each.line}, {each.column}" if each.column else f"line {each.line}"
            click.echo(f"{each.outcome}: {where}: {each.value + ': ' if each.value else ''}{each.reason}")
    would = " would be" if report.dry_run else ""
    loaded = f"{report.loaded}{would} loaded ({report.flagged} flagged, {report.warned} warned)"
    click.echo(f"{report.name}: of {report.rows} rows {loaded}, {report.refused} refused, {report.already} there already.")
