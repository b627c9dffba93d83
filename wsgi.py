"""Where a WSGI server comes in: settings read, house built."""

from lims.app import from_environment

app = from_environment()
