"""Labels drawn: the shipped templates, read once, and what each needs to be told."""

import functools

from lims.labels.templates import Template, load_templates
from lims.settings import resource_dir


@functools.cache
def shipped_templates() -> dict[str, Template]:
    """Every template in ``label_templates/``, by name.

    :raises TemplateInvalid: naming file and line.
    """
    return load_templates(resource_dir("label_templates"))
