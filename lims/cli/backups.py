"""``lims backup`` and ``lims restore``."""

import hashlib
from pathlib import Path

import click

from lims.backup import check_backup, count_rows, restore_backup, write_backup
from lims.cli.session import house_database, in_words, progress_bar
from lims.cli.writing import written_in_words


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_words
def backup(file: Path) -> None:
    """Write everything into FILE, as of one instant, while people work."""
    with house_database() as database, progress_bar("Saving", count_rows(database)) as bar, written_in_words(file):
        summary = write_backup(database, file, lambda _table, rows: bar.update(rows))
    with file.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    click.echo(f"{file}: {summary.total} rows, SHA-256 {digest}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@in_words
def restore(file: Path) -> None:
    """Put what FILE holds in the place of what is there. Stop the service first; all is checked before anything is replaced."""
    summary = check_backup(file)
    with house_database(checked=False) as database, progress_bar("Restoring", summary.total) as bar:
        restore_backup(file, database, lambda _table, rows: bar.update(rows))
    click.echo(f"Restored: {summary.total} rows as of {summary.made_at:%Y-%m-%d %H:%M} UTC.")
