"""Where a WSGI server comes in: settings read, house built."""

from lims.app import create_app
from lims.settings import read_settings

app = create_app(read_settings())
