"""Reading a form: each field as what it should be, and every fault found at once, said beside its field."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from lims.errors import Finding
from lims.web.codes_taken import take_codes
from lims.web.errors import FormIncomplete
from lims.web.messages import _
from lims.web.wording import zone

_LONGEST_TEXT, _LONGEST_CODE = 500, 80
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)


class Fields:
    """A form being read. Ask for each field, then :meth:`check`; a field that cannot be read gives a harmless value until then."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._findings: list[Finding] = []

    def text(self, name: str, *, longest: int = _LONGEST_TEXT) -> str:
        """Something must stand there."""
        found = self.optional_text(name, longest=longest)
        if found is None:
            self.refuse(name, _("Fill this in."))
        return found or ""

    def optional_text(self, name: str, *, longest: int = _LONGEST_TEXT) -> str | None:
        """What stands there without white space at its ends, or None."""
        found = self._given.get(name, "").strip()
        if len(found) > longest:
            self.refuse(name, _("At most %(count)d characters fit here.", count=longest))
        elif any(character != "\n" and character != "\r" and not character.isprintable() for character in found):
            self.refuse(name, _("It holds a character that cannot be kept. Type it again."))
        return found or None

    def code(self, name: str) -> str:
        """A code that was scanned or typed: if its label counts no more, the next page says so."""
        found = self.text(name, longest=_LONGEST_CODE)
        take_codes([found])
        return found

    def optional_code(self, name: str) -> str | None:
        """The same, or nothing."""
        found = self.optional_text(name, longest=_LONGEST_CODE)
        take_codes([found])
        return found

    def one_of(self, name: str, known: Collection[str]) -> str:
        """One of the choices."""
        found = self._given.get(name, "")
        if found not in known:
            self.refuse(name, _("Choose one."))
        return found

    def optional_one_of(self, name: str, known: Collection[str]) -> str | None:
        """One of the choices, or none."""
        return self.one_of(name, known) if self._given.get(name) else None

    def integer(self, name: str, *, least: int, most: int) -> int:
        """A whole number."""
        found = self._given.get(name, "").strip()
        if not _WHOLE.fullmatch(found) or not least <= int(found) <= most:
            self.refuse(name, _("Write a whole number from %(least)d to %(most)d.", least=least, most=most))
            return least
        return int(found)

    def optional_integer(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number, or none."""
        return self.integer(name, least=least, most=most) if self._given.get(name, "").strip() else None

    def optional_signed(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number that may be below zero (with either minus sign), or none."""
        found = self._given.get(name, "").strip().replace("−", "-")
        if not found:
            return None
        if not re.fullmatch(r"-?[0-9]{1,4}", found) or not least <= int(found) <= most:
            self.refuse(name, _("Write a whole number from %(least)d to %(most)d.", least=least, most=most))
            return None
        return int(found)

    def number(self, name: str) -> Decimal:
        """A number such as 0.5; at most three decimals."""
        found = self.optional_number(name)
        if found is None:
            self.refuse(name, _("Write a number, such as 200."))
        return found or Decimal(0)

    def optional_number(self, name: str) -> Decimal | None:
        """A number, or none."""
        found = self._given.get(name, "").strip().replace(",", ".")
        if not found:
            return None
        if not _NUMBER.fullmatch(found):
            self.refuse(name, _("Write a number with at most three decimals, such as 0.5."))
            return None
        return Decimal(found)

    def moment(self, name: str) -> datetime:
        """An instant, written in the study's zone."""
        found = self.optional_moment(name)
        if found is None:
            self.refuse(name, _("Give day and time."))
        return found or datetime.now(UTC)

    def optional_moment(self, name: str) -> datetime | None:
        """An instant, or none."""
        found = self._given.get(name, "").strip()
        if not found:
            return None
        try:
            return datetime.fromisoformat(found).replace(tzinfo=zone()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(name, _("Give day and time, such as 2026-09-02 09:42."))
            return None

    def day(self, name: str) -> date:
        """A calendar day."""
        found = self.optional_day(name)
        if found is None:
            self.refuse(name, _("Give a day."))
        return found or date.min

    def optional_day(self, name: str) -> date | None:
        """A calendar day, or none."""
        found = self._given.get(name, "").strip()
        if not found:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            self.refuse(name, _("Give a day, such as 2026-09-02."))
            return None

    def refuse(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field; the first word on it stands."""
        if all(finding.where != name for finding in self._findings):
            self._findings.append(Finding(name, sentence, self._given.get(name)))

    def check(self) -> None:
        """
        :raises FormIncomplete: with every fault found so far.
        """
        if self._findings:
            raise FormIncomplete(tuple(self._findings))
