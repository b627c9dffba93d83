"""``lims``: every command, grouped as an operator looks for it."""

import click

from lims import __version__
from lims.cli.backups import backup, restore
from lims.cli.database import db
from lims.cli.imports import import_
from lims.cli.kits import kits
from lims.cli.labels import labels
from lims.cli.manifests import manifest
from lims.cli.people import token, user
from lims.cli.printers import print_worker, printer
from lims.cli.protocols import protocol
from lims.cli.up import up
from lims.cli.verification import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="lims")
def main() -> None:
    """The laboratory's register of paired pre- and post-treatment specimens.

    Reads the same settings as the service: LIMS_DATA_DIR, LIMS_DATABASE_URL and the others in docs/settings.md.
    """


for command in (up, db, protocol, import_, user, token, kits, labels, printer, print_worker, manifest, verify, backup, restore):
    main.add_command(command)
