"""``lims``: every command, grouped as an operator looks for it. A command's module is read when the command is asked for."""

import importlib

import click

from lims import __version__
from lims.cli.reading import uncollected

COMMANDS = {
    "up": ("lims.cli.up:up", "Migrate, load the trial's protocol and, at the first start, demo data; then serve on 127.0.0.1."),
    "db": ("lims.cli.database:db", "The database's tables."),
    "protocol": ("lims.cli.protocols:protocol", "Study protocols."),
    "import": ("lims.cli.imports:import_", "Load participants, collections or existing tubes from a CSV or XLSX FILE."),
    "user": ("lims.cli.people:user", "People who may sign in."),
    "token": ("lims.cli.people:token", "Keys for machines."),
    "kits": ("lims.cli.kits:kits", "Kits: the tubes of a timepoint, labelled before the patient comes."),
    "labels": ("lims.cli.labels:labels", "Labels."),
    "printer": ("lims.cli.printers:printer", "Printers of labels."),
    "print-worker": ("lims.cli.printers:print_worker", "Send labels to printers until it is told to stop."),
    "rack": ("lims.cli.racks:rack", "Rack scanners: what one saw of a box."),
    "temperatures": ("lims.cli.temperatures:temperatures", "Temperatures of freezers."),
    "manifest": ("lims.cli.manifests:manifest", "Manifests."),
    "verify": (
        "lims.cli.verification:verify",
        "Recompute the chain of every history and all that follows from it; exit 1 and name the first that differs.",
    ),
    "backup": ("lims.cli.backups:backup", "Write everything into FILE, as of one instant, while people work."),
    "restore": ("lims.cli.backups:restore", "Put what FILE holds in the place of what is there."),
}
"""By name: where a command is, and what it says of itself, so that ``lims --help`` reads none of them."""


class Commands(click.Group):
    """A group that knows its commands by name and sentence, and fetches the one that is wanted."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, from its module."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        with uncollected():
            command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each command says of itself."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="lims")
def main() -> None:
    """The laboratory's register of paired pre- and post-treatment specimens.

    Reads the same settings as the service: LIMS_DATA_DIR, LIMS_DATABASE_URL and the others in docs/settings.md.
    """


for name in COMMANDS:
    main.add_command(click.Command(name))  # its place is kept, so that a misspelt name is told from one that is there
