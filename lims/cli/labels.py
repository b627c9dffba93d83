"""``lims labels``: pictures and files of labels. Nothing is printed, so nothing is counted."""

from pathlib import Path

import click

from lims.cli.session import house_database, in_words
from lims.cli.writing import write_whole
from lims.labels.drawing import known_templates
from lims.labels.renderers import render as render_labels
from lims.labels.templates import get_template
from lims.storage.label_fields import label_fields


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
    """Draw the labels of tubes or containers into a file; a label that cannot be drawn right leaves no file."""
    with house_database() as database, database.read() as session:
        template = get_template(known_templates(), name)
        fields = label_fields(session, template.subject, barcodes)
    write_whole(out, render_labels(template, fields, format=format_, dpi=dpi, start=start))
    click.echo(f"{out}: {len(barcodes)} label{'s' * (len(barcodes) != 1)}.", err=True)
