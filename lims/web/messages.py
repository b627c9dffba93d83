"""Messages to people: English in the source, translated where the page is in Chinese."""

import functools

from babel import Locale
from babel.support import NullTranslations
from flask_babel import get_domain, get_locale


def _(message: str, **facts: object) -> str:
    """A message in the language of the page."""
    said = in_this_language(message)
    return said % facts if facts else said


def plural(one: str, many: str, num: int, **facts: object) -> str:
    """A message about ``num`` things."""
    return in_this_language(one, many, num) % {"num": num, **facts}


def in_this_language(message: str, many: str | None = None, num: int = 1) -> str:
    """A message, or one about ``num`` things, in the language of the page, its facts not filled in yet."""
    catalogue = _catalogue(get_locale())
    said: str = catalogue.ugettext(message) if many is None else catalogue.ungettext(message, many, num)
    return said


@functools.cache
def _catalogue(_locale: Locale | None) -> NullTranslations:
    """What is known in a language, found once: a page of many words would look for it at each of them."""
    found: NullTranslations = get_domain().get_translations()
    return found


def later(message: str) -> str:
    """Mark a message in a table, so that it is gathered for translation; whoever shows it translates it."""
    return message
