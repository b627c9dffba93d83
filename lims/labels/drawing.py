"""Labels drawn: the shipped templates, read once, and what each needs to be told."""

import functools
from collections.abc import Mapping

from lims.labels.template_parts import COPY_MARK
from lims.labels.templates import Template, load_templates
from lims.settings import resource_dir


@functools.cache
def shipped_templates() -> dict[str, Template]:
    """Every template in ``label_templates/``, by name.

    :raises TemplateInvalid: naming file and line.
    """
    return load_templates(resource_dir("label_templates"))


def copy_values(fields: Mapping[str, str], *, barcode: str, symbol: str, copy: int) -> dict[str, str]:
    """What a label says, as the first label of its thing or as a later copy of it.

    :param fields: what the template's fields say of the thing, its own ``barcode`` (or ``code``) among them.
    :param symbol: what the symbols are to carry: ``barcode`` itself, or ``barcode`` with the mark of a copy behind it.
    """
    return {**fields, COPY_MARK: symbol.removeprefix(barcode), "copy": f"copy {copy}" if copy > 1 else ""}
