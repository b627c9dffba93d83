"""``lims temperatures``: a freezer's logger."""

from pathlib import Path

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.temperatures.service import import_log
from lims.temperatures.vocabulary import ImportLog, LogReport, celsius


@click.group()
def temperatures() -> None:
    """Temperatures of freezers."""


@temperatures.command("import")
@click.argument("freezer")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--zone", required=True, help="Whose clocks its times are by where they say no offset, such as Asia/Shanghai.")
@in_words
def import_(freezer: str, file: Path, zone: str) -> None:
    """Take a logger's FILE of FREEZER in (CSV or XLSX: a column of times, one of °C).

    The same file twice is once. Excursions are printed one a line: number, side, begin, end, the worst °C. Exit 1: it cannot be taken in.
    """
    with house_database() as database, database.transaction() as session:
        command = ImportLog(container=freezer, file_name=file.name, content=file.read_bytes(), zone=zone)
        report = import_log(session, command, actor=operator(), at=clock.now())
    _say(file.name, report)


def _say(name: str, report: LogReport) -> None:
    for each in report.excursions:
        it = each.excursion
        click.echo(
            f"{each.id}\t{it.side}\t{it.begun_at:%Y-%m-%dT%H:%M:%SZ}\t{it.ended_at:%Y-%m-%dT%H:%M:%SZ}\t{celsius(it.extreme_milli_c)}"
        )
    span = f"{report.first_at:%Y-%m-%d %H:%M} to {report.last_at:%Y-%m-%d %H:%M} UTC"
    degrees = f"{celsius(report.lowest_milli_c)} to {celsius(report.highest_milli_c)} °C"
    click.echo(f"{name}: {report.new} new readings, {report.already} there already, {span}, {degrees}.", err=True)
    for gap in report.gaps:
        click.echo(f"No readings from {gap.begun_at:%Y-%m-%d %H:%M} to {gap.ended_at:%Y-%m-%d %H:%M} UTC.", err=True)
    if not report.limits_set:
        click.echo("No limits are set, so that no excursion can be found. Set them on the freezer's page.", err=True)
