"""Endpoints of labels: which templates there are."""

from typing import Any

from marshmallow import fields

from lims.accounts.vocabulary import Action
from lims.api.frame import Blueprint
from lims.api.schema import Schema
from lims.http_context import allow
from lims.labels.drawing import known_templates
from lims.labels.template_parts import Template

labels = Blueprint("labels", "Labels: their templates.")


class TemplateOut(Schema):
    """A label template."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    subject = fields.String(required=True, metadata={"description": "specimen, container or form"})
    width_mm = fields.Float(required=True)
    height_mm = fields.Float(required=True)
    dpi = fields.List(fields.Integer(), required=True)
    symbols = fields.List(fields.String(), required=True)


class TemplatesOut(Schema):
    """Every template, by name."""

    items = fields.List(fields.Nested(TemplateOut), required=True)


@labels.get("/labels/templates")
@labels.response(200, TemplatesOut)
@allow(Action.READ)
def list_templates() -> dict[str, Any]:
    """The label templates there are."""
    return {"items": [_template(template) for template in known_templates().values()]}


def _template(template: Template) -> dict[str, Any]:
    of = {"name": template.name, "title": template.title, "subject": template.subject}
    size = {"width_mm": template.stock.width_mm, "height_mm": template.stock.height_mm, "dpi": template.stock.dpi}
    return of | size | {"symbols": template.symbols}
