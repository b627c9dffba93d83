"""The door for operators: the ``lims`` command."""

from lims.cli.main import main

__all__ = ["main"]
