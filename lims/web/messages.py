"""Messages to people: English in the source, translated where the page is in Chinese."""

import flask_babel


def _(message: str, **facts: object) -> str:
    """A message in the language of the page."""
    return str(flask_babel.gettext(message, **facts))


def plural(one: str, many: str, num: int, **facts: object) -> str:
    """A message about ``num`` things."""
    return str(flask_babel.ngettext(one, many, num, **facts))


def later(message: str) -> str:
    """Mark a message in a table, so that it is gathered for translation; whoever shows it translates it."""
    return message
