"""``lims verify``: the whole ledger, and all that is kept of it, read again."""

import click

from lims.checks import ledger_checks
from lims.cli.session import house_database, in_words, progress_bar
from lims.custody.queries import count_subjects
from lims.custody.verification import Progress
from lims.custody.verification import verify as differences_in


@click.command()
@click.option("--all", "all_of_them", is_flag=True, help="Name every difference, not the first alone.")
@in_words
def verify(all_of_them: bool) -> None:
    """Recompute the chain of every history and all that follows from it; exit 1 and name the first that differs."""
    found = 0
    seen = Progress(0, 0)
    with house_database() as database, database.snapshot() as session, progress_bar("Verifying", count_subjects(session)) as bar:

        def report(progress: Progress) -> None:
            nonlocal seen
            bar.update(progress.subjects - seen.subjects)
            seen = progress

        for difference in differences_in(session, ledger_checks(), report):
            found += 1
            click.echo(str(difference))
            if not all_of_them:
                raise SystemExit(1)
    if found:
        raise SystemExit(1)
    click.echo(f"{seen.events} events of {seen.subjects} histories are as they were written, and so is all that follows from them.")
