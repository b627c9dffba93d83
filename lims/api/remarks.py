"""What was done and deserves a second look: warnings, as the answers of several rooms carry them."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from lims.api.schema import Schema
from lims.errors import Finding
from lims.scanning.void_labels import void_label_remarks
from lims.specimens.vocabulary import Remark

LABEL_WARNINGS = "Of the labels whose codes were given: those that count no more, and which copy counts instead"


class WarningOut(Schema):
    """Something a person should know of what was done. Nothing was refused."""

    code = fields.String(allow_none=True, required=True, metadata={"description": "The flag it carries, where it is one"})
    pointer = fields.String(allow_none=True, required=True)
    detail = fields.String(required=True)


class LabelsReadOut(Schema):
    """What an answer says besides, where codes were scanned for what was done."""

    warnings = fields.List(fields.Nested(WarningOut), required=True, metadata={"description": LABEL_WARNINGS})


def label_warnings(session: Session, reads: Iterable[str | None]) -> list[dict[str, Any]]:
    """What is warned of the codes that a request took: each label among them that counts no more. One statement, or none.

    Ask before the act: it may itself replace labels.
    """
    return warnings_of(void_label_remarks(session, reads).values())


def warnings_of(remarks: Iterable[Finding | Remark]) -> list[dict[str, Any]]:
    """Remarks and findings alike."""
    return [
        {"code": None, "pointer": "/" + each.where.removeprefix("/"), "detail": each.sentence}
        if isinstance(each, Finding)
        else {"code": each.code, "pointer": None, "detail": each.sentence}
        for each in remarks
    ]
