"""The verbs of labels: give a new thing a code, or bind a code that is there already."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lims.bulk import insert_rows
from lims.db import table_of, violated_constraint
from lims.ids import Prefix, new_barcode
from lims.labels.errors import CodeGivenTwice, CodeTaken
from lims.labels.models import BoundCode
from lims.labels.rules import check_given_code
from lims.labels.vocabulary import Binding, CodeRole

_CODES = table_of(BoundCode)
_CODE = _CODES.c.code
_TAKEN = select(_CODE).where(_CODE.in_(bindparam("codes", expanding=True)))


def draw_codes(session: Session, prefix: Prefix, given: Sequence[str | None]) -> list[str]:
    """A code for each new thing: the one given with it, or a fresh one nobody has. One statement, however many.

    :param given: for each thing the code it came with, normalised, or None.
    :raises CodeTaken: a given code names another thing already.
    :raises CodeGivenTwice: the same code is given for two things.
    """
    wanted = [code for code in given if code is not None]
    for code in wanted:
        check_given_code(code)
    if doubled := next((code for code in wanted if wanted.count(code) > 1), None):
        raise CodeGivenTwice(doubled)
    codes = [code or new_barcode(prefix) for code in given]
    while taken := _taken(session, codes) | _repeated(codes):
        if known := next((code for code in wanted if code in taken), None):
            raise CodeTaken(known)
        codes = [new_barcode(prefix) if code in taken else code for code in codes]
    return codes


def bind_codes(session: Session, bindings: Sequence[Binding], at: datetime) -> None:
    """Tie codes to things, for ever.

    :raises CodeTaken: somebody else was first.
    """
    in_order = sorted(bindings, key=lambda each: each.code)  # so that two acts never wait for each other's codes
    rows = [{"code": each.code, "kind": each.kind, "subject_id": each.subject_id, "role": each.role, "bound_at": at} for each in in_order]
    try:
        insert_rows(session, _CODES, rows)
    except IntegrityError as error:
        if violated_constraint(error) == "pk_barcode":
            raise CodeTaken(_first_taken(bindings)) from error
        raise


def roles_of(given: Sequence[str | None]) -> list[CodeRole]:
    """Own where the code was drawn by us, given where it came with the tube."""
    return [CodeRole.OWN if code is None else CodeRole.GIVEN for code in given]


def _taken(session: Session, codes: Sequence[str]) -> set[str]:
    return set(session.execute(_TAKEN, {"codes": list(codes)}).scalars())


def _repeated(codes: Sequence[str]) -> set[str]:
    return {code for code in codes if codes.count(code) > 1} if len(set(codes)) < len(codes) else set()


def _first_taken(bindings: Sequence[Binding]) -> str:
    return next((each.code for each in bindings if each.role is not CodeRole.OWN), bindings[0].code)
