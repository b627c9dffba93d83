"""``lims labels``: pictures of labels, which count nothing; and labels printed, each written down."""

from pathlib import Path

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.cli.writing import write_whole
from lims.kits.labels import wanted_and_held, wanted_for
from lims.labels.drawing import known_templates
from lims.labels.renderers import render as render_labels
from lims.labels.templates import get_template
from lims.printing.queries import list_jobs
from lims.printing.service import request_labels
from lims.printing.vocabulary import JobState, LabelState


@click.group()
def labels() -> None:
    """Labels."""


@labels.command()
@click.option("--template", "name", required=True, help="A template's name; see label_templates/.")
@click.argument("barcodes", nargs=-1, required=True, metavar="BARCODE...")
@click.option("--format", "format_", type=click.Choice(["pdf", "zpl", "png", "svg"]), default="pdf", show_default=True)
@click.option("--dpi", type=int, default=300, show_default=True, help="The printer's dots an inch.")
@click.option("--start", type=click.IntRange(1, 1000), default=1, show_default=True, help="First free label of a used sheet.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@in_words
def render(name: str, barcodes: tuple[str, ...], format_: str, dpi: int, start: int, out: Path) -> None:
    """Draw the labels of tubes, containers or kits into a file; a label that cannot be drawn right leaves no file."""
    with house_database() as database, database.read() as session:
        template = get_template(known_templates(), name)
        fields = [each.fields for each in wanted_for(session, template, barcodes)]
    write_whole(out, render_labels(template, fields, format=format_, dpi=dpi, start=start))
    click.echo(f"{out}: {len(fields)} label{'s' * (len(fields) != 1)}.", err=True)


@labels.command("print")
@click.option("--printer", required=True, help="A printer's name; see lims printer list.")
@click.option("--template", "name", required=True, help="A template's name; see label_templates/.")
@click.argument("barcodes", nargs=-1, required=True, metavar="BARCODE...")
@click.option("--reason", help="Why, where one has a label already.")
@click.option("--start", type=click.IntRange(1, 1000), default=1, show_default=True, help="First free label of a used sheet.")
@click.option("--purpose", default="labels", show_default=True, help="What the labels are for.")
@in_words
def print_(printer: str, name: str, barcodes: tuple[str, ...], reason: str | None, start: int, purpose: str) -> None:
    """Queue the labels of tubes, containers or kits, all or none, and print the number of the job."""
    with house_database() as database, database.transaction() as session:
        wanted = wanted_and_held(session, get_template(known_templates(), name), barcodes)
        job_id = request_labels(
            session,
            printer=printer,
            template=name,
            wanted=wanted,
            purpose=purpose,
            reason=reason,
            start=start,
            actor=operator(),
            at=clock.now(),
        )
    click.echo(job_id)
    click.echo(f"{len(wanted)} label{'s' * (len(wanted) != 1)} queued for {printer}.", err=True)


@labels.command()
@click.option("--state", type=click.Choice([each.value for each in JobState]), help="Only jobs that stand so.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@in_words
def jobs(state: str | None, limit: int) -> None:
    """List print jobs, the newest first: number, state, printer, template, labels in each state, who asked, when."""
    with house_database() as database, database.read() as session:
        found = list_jobs(session, states=None if state is None else [JobState(state)], limit=limit)
    for job in found:
        counted = " ".join(f"{job.counts[each]} {each}" for each in LabelState if each in job.counts)
        click.echo("\t".join([str(job.id), job.state, job.printer, job.template, counted, job.requested_by, clock.iso(job.requested_at)]))
