"""What was done and deserves a second look: warnings, as the answers of several rooms carry them."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields

from lims.api.schema import Schema
from lims.errors import Finding
from lims.specimens.vocabulary import Remark


class WarningOut(Schema):
    """Something a person should know of what was done. Nothing was refused."""

    code = fields.String(allow_none=True, required=True, metadata={"description": "The flag it carries, where it is one"})
    pointer = fields.String(allow_none=True, required=True)
    detail = fields.String(required=True)


def warnings_of(remarks: Iterable[Finding | Remark]) -> list[dict[str, Any]]:
    """Remarks and findings alike."""
    return [
        {"code": None, "pointer": "/" + each.where.removeprefix("/"), "detail": each.sentence}
        if isinstance(each, Finding)
        else {"code": each.code, "pointer": None, "detail": each.sentence}
        for each in remarks
    ]
