"""``lims import``: a hospital's files."""

from pathlib import Path

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator, progress_bar
from lims.cli.writing import write_whole
from lims.imports.errors import FileUnreadable
from lims.imports.report import report_csv
from lims.imports.service import import_file
from lims.imports.vocabulary import ImportFile, ImportKind


@click.command(name="import")
@click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Which column means what; ours, unless given."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the findings here, as CSV.")
@in_words
def import_(kind: str, file: Path, mapping: Path | None, dry_run: bool, report: Path | None) -> None:
    """Load participants, collections or existing tubes from a CSV or XLSX FILE.

    Good rows load; exit 0 when none was refused, 1 when some were, 2 when the file cannot be read.
    """
