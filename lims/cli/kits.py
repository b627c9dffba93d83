"""``lims kits``: make kits, see which there are, take back what was not used."""

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.ids import in_fours
from lims.kits.queries import KitFilter, list_kits
from lims.kits.service import make_kits, void_kit
from lims.kits.vocabulary import STOPPED, KitState, KitSummary, MakeKits

_study = click.option("--study", help="The study's code; needed where there are several.")


@click.group()
def kits() -> None:
    """Kits: the tubes of a timepoint, labelled before the patient comes."""


@kits.command()
@click.option("--participant", help="Whose; without it, the kits are for the stock.")
@click.option("--timepoint", help="For which timepoint; for the stock it may be left open.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only of this specimen type; may be given several times.")
@click.option("--count", default=1, show_default=True, help="How many.")
@_study
@in_words
def make(participant: str | None, timepoint: str | None, types: tuple[str, ...], count: int, study: str | None) -> None:
    """Make kits, and print their codes, one a line: print their labels with them."""
    command = MakeKits(participant=participant, timepoint=timepoint, specimen_types=types, count=count, study=study)
    with house_database() as database, database.transaction() as session:
        made = make_kits(session, command, actor=operator(), at=clock.now())
    for kit in made:
        click.echo(kit.summary.barcode)
    click.echo(f"{len(made)} kit{'s' * (len(made) != 1)} of {len(made[0].tubes)} tubes.", err=True)


@kits.command("list")
@click.option("--participant", help="Whose.")
@click.option("--state", type=click.Choice([*KitState, STOPPED]), help="Only those that stand so.")
@click.option("--stock", is_flag=True, help="Only those that are nobody's yet.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@_study
@in_words
def list_(participant: str | None, state: str | None, stock: bool, limit: int, study: str | None) -> None:
    """The newest kits: code, whose, timepoint, state, how many tubes wait, are used, are void."""
    wanted = KitFilter(study=study, participant=participant, state=state, stock=stock or None)
    with house_database() as database, database.read() as session:
        for kit in list_kits(session, wanted, limit=limit):
            click.echo(_line(kit))


@kits.command()
@click.argument("barcode")
@click.option("--reason", help="Why.")
@in_words
def void(barcode: str, reason: str | None) -> None:
    """Take back what was not used of a kit: its labels count no more."""
    with house_database() as database, database.transaction() as session:
        after = void_kit(session, barcode, reason=reason, actor=operator(), at=clock.now()).summary
    click.echo(f"Kit {in_fours(after.barcode)} is {after.shown_state}: {after.used} used, {after.void} void.", err=True)


def _line(kit: KitSummary) -> str:
    counts = (str(count) for count in (kit.ready, kit.used, kit.void))
    return "\t".join([kit.barcode, kit.participant or "stock", kit.timepoint or "any", kit.shown_state, *counts])
