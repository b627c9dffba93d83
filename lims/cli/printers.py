"""``lims printer`` and ``lims print-worker``: which printers there are, how they stand, and the process that sends labels to them."""

import signal
import threading
from typing import Any

import click

from lims import clock
from lims.cli.session import house_database, in_words, operator
from lims.printing import printers, queries
from lims.printing.hosts import PrinterHosts
from lims.printing.leases import note_standing
from lims.printing.vocabulary import Printer, PrinterKind
from lims.printing.worker import run_worker
from lims.settings import read_settings

_KINDS = click.Choice([kind.value for kind in PrinterKind])


@click.group()
def printer() -> None:
    """Printers of labels."""


@printer.command()
@click.argument("name")
@click.option("--kind", type=_KINDS, required=True, help="raw: ZPL over TCP; ipp: an IPP printer; office: sheets to download.")
@click.option("--address", default="", help="raw: host:port; ipp: ipp://host/path; office: none. The host is one of LIMS_PRINTER_HOSTS.")
@click.option("--dpi", type=click.Choice(["203", "300", "600"]), default="300", show_default=True)
@click.option("--stock", default="", help="The template whose labels are loaded; see label_templates/.")
@click.option("--language", type=click.Choice(["zpl", "pdf"]), help="raw takes zpl, office pdf; ipp either, pdf unless said.")
@in_words
def add(name: str, kind: str, dpi: str, **said: Any) -> None:
    """Take a printer in."""
    with house_database() as database, database.transaction() as session:
        printers.add_printer(
            session, name=name, kind=PrinterKind(kind), dpi=int(dpi), actor=operator(), at=clock.now(), hosts=_hosts(), **said
        )
    click.echo(f"{name} is a printer here.")


@printer.command()
@click.argument("name")
@click.option("--address")
@click.option("--dpi", type=click.IntRange(203, 600))
@click.option("--stock", help="The template whose labels are loaded now.")
@click.option("--language", type=click.Choice(["zpl", "pdf"]))
@in_words
def change(name: str, **changes: Any) -> None:
    """Say that NAME has another address, other labels loaded, or speaks otherwise."""
    with house_database() as database, database.transaction() as session:
        printers.change_printer(session, name, actor=operator(), at=clock.now(), hosts=_hosts(), **changes)
    click.echo(f"{name} is changed.")


@printer.command(name="list")
@click.option("--ask", is_flag=True, help="Ask each how it stands now; takes seconds where one is silent.")
@in_words
def list_(ask: bool) -> None:
    """List every printer: name, kind, address, resolution, stock, state, faults, when it was asked."""
    with house_database() as database:
        with database.read() as session:
            found = queries.list_printers(session)
        if ask:
            for each in found:
                standing = printers.ask_printer(each, _hosts())
                with database.transaction() as session:
                    note_standing(session, each.id, standing, clock.now())
            with database.read() as session:
                found = queries.list_printers(session)
    for each in found:
        click.echo("\t".join(_in_columns(each)))


@printer.command()
@click.argument("name")
@click.option("--reason")
@in_words
def pause(name: str, reason: str | None) -> None:
    """Send nothing to NAME until it is resumed."""
    with house_database() as database, database.transaction() as session:
        printers.pause_printer(session, name, actor=operator(), at=clock.now(), reason=reason)
    click.echo(f"{name} is paused.")


@printer.command()
@click.argument("name")
@in_words
def resume(name: str) -> None:
    """Let NAME go on."""
    with house_database() as database, database.transaction() as session:
        printers.resume_printer(session, name, actor=operator(), at=clock.now())
    click.echo(f"{name} goes on.")


@printer.command()
@click.argument("name")
@click.option("--reason")
@in_words
def retire(name: str, reason: str | None) -> None:
    """Let NAME print nothing more; what it printed stays in the books."""
    with house_database() as database, database.transaction() as session:
        printers.retire_printer(session, name, actor=operator(), at=clock.now(), reason=reason)
    click.echo(f"{name} is retired.")


@click.command(name="print-worker")
@in_words
def print_worker() -> None:
    """Send labels to printers until it is told to stop. The service does so by itself, unless LIMS_PRINT_WORKER is no."""
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    with house_database() as database:
        click.echo("Labels are sent to printers from here.", err=True)
        run_worker(database, read_settings(), stop)


def _hosts() -> PrinterHosts:
    return PrinterHosts.of(read_settings().printer_hosts)


def _in_columns(each: Printer) -> tuple[str, ...]:
    state = "retired" if each.retired else "paused" if each.paused else each.state.value
    asked = f"{each.asked_at:%Y-%m-%dT%H:%M:%SZ}" if each.asked_at else "-"
    said = (each.name, each.kind.value, each.address or "-", f"{each.dpi}", each.stock or "-", each.language)
    return (*said, state, ",".join(each.faults) or "-", asked)
