"""A sentence in English that remembers what it was made of, so that a door can say it in another language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Fact: TypeAlias = str | int | Decimal | date | datetime | tuple[str, ...] | None
"""What may be put into a sentence; a :class:`Sentence` may stand in another one."""


class Sentence(str):
    """``Sentence("%(barcode)s is in %(place)s.", barcode="S3WJWJD8", place="B1")`` is its English, whoever looks at it as text.

    The template is what translators see: the pages gather it wherever it is written.
    """

    template: str
    facts: Mapping[str, Fact]

    def __new__(cls, template: str, /, **facts: Fact) -> "Sentence":
        made = super().__new__(cls, template % facts if facts else template)
        made.template, made.facts = template, facts
        return made


def fact_of(value: object) -> Fact:
    """A field of an error as something that can be put into a sentence."""
    match value:
        case None | str() | int() | Decimal() | date():
            return value
        case list() | tuple() | set() | frozenset() | dict():
            return tuple(str(each) for each in value)
        case _:
            return str(value)


def either(words: Sequence[str]) -> str:
    """``mg or g``: one of these, in a way that can be said in another language."""
    said, *rest = words
    for other in rest:
        said = Sentence("%(this)s or %(other)s", this=said, other=other)
    return said
