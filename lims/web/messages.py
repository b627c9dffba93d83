"""Messages to people: English in the source, translated where the page is in Chinese."""

import functools
from collections.abc import Callable
from typing import NamedTuple

from babel.support import NullTranslations
from flask_babel import get_domain, get_locale
from markupsafe import Markup


def _(message: str, **facts: object) -> str:
    """A message in the language of the page."""
    said: str = _catalogue(_language()).ugettext(message)
    return said % facts if facts else said


def plural(one: str, many: str, num: int, **facts: object) -> str:
    """A message about ``num`` things."""
    said: str = _catalogue(_language()).ungettext(one, many, num)
    return said % {"num": num, **facts}


class Words(NamedTuple):
    """How a page says its messages, in one language: facts are filled in, and what is unsafe in them is escaped."""

    one: Callable[..., Markup]
    several: Callable[..., Markup]


def words_of_this_page() -> Words:
    """``_`` and ``ngettext`` of the templates: a page of many words would else look for its language at each of them."""
    return _words(_language())


@functools.cache
def _words(language: str | None) -> Words:
    catalogue = _catalogue(language)

    def one(message: str, **facts: object) -> Markup:
        said = Markup(catalogue.ugettext(message))
        return said % facts if facts else said

    def several(message: str, many: str, num: int, **facts: object) -> Markup:
        return Markup(catalogue.ungettext(message, many, num)) % {"num": num, **facts}

    return Words(one, several)


@functools.cache
def _catalogue(_language: str | None) -> NullTranslations:
    """What is known in the language of the page, found once."""
    found: NullTranslations = get_domain().get_translations()
    return found


def _language() -> str | None:
    locale = get_locale()
    return None if locale is None else str(locale.language)


def later(message: str) -> str:
    """Mark a message in a table, so that it is gathered for translation; whoever shows it translates it."""
    return message
