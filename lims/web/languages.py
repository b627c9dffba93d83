"""The two languages of the bench: which one a page is in, and a word in both."""

import functools
from pathlib import Path

from babel import Locale
from flask import Flask, g, request
from flask_babel import Babel, force_locale, get_locale
from markupsafe import Markup

from lims.web.messages import _

TRANSLATIONS = Path(__file__).resolve().parent / "translations"
LANGUAGES = {"en": "English", "zh_Hans_CN": "简体中文"}
_TAGS = {"en": "en", "zh_Hans_CN": "zh-CN"}
_ACCEPTED = {"en": "en", "zh": "zh_Hans_CN", "zh-CN": "zh_Hans_CN", "zh-Hans": "zh_Hans_CN", "zh-Hans-CN": "zh_Hans_CN"}


def set_up_languages(app: Flask) -> None:
    """Let ``app`` speak both."""
    Babel(app, default_locale="en", default_translation_directories=str(TRANSLATIONS), locale_selector=choose_language)


def choose_language() -> str:
    """The device's choice, else the account's, else what the browser asks for, else English."""
    for chosen in (request.cookies.get("lims_language"), g.get("account_language")):
        if chosen in LANGUAGES:
            return str(chosen)
    return _ACCEPTED.get(request.accept_languages.best_match(list(_ACCEPTED), default="en"), "en")


def language() -> str:
    """The language of this page."""
    locale: Locale | None = get_locale()
    return "zh_Hans_CN" if locale is not None and locale.language == "zh" else "en"


def language_tag(of: str | None = None) -> str:
    """The language as HTML names it."""
    return _TAGS[of or language()]


def other_language() -> str:
    """The language this page is not in."""
    return "en" if language() == "zh_Hans_CN" else "zh_Hans_CN"


def in_other(message: str) -> Markup:
    """A message in the other language, marked as such."""
    return _in(other_language(), message)


@functools.lru_cache(maxsize=4096)
def _in(language: str, message: str) -> Markup:
    with force_locale(language):
        return Markup('<span lang="{}">{}</span>').format(language_tag(language), _(message))


def in_both(message: str, **facts: object) -> tuple[str, str]:
    """A message in the language of the page, and in the other one."""
    with force_locale(other_language()):
        other = _(message, **facts)
    return _(message, **facts), other


def both(message: str) -> Markup:
    """A message in the chosen language with the other beside it, smaller: for navigation, legends and outcome titles."""
    return _both(language(), message)


@functools.lru_cache(maxsize=4096)
def _both(language: str, message: str) -> Markup:
    with force_locale(language):
        return Markup("{} <small>{}</small>").format(_(message), in_other(message))
