"""The label templates there are: those that travel with the service, and a laboratory's own from a folder beside them."""

import functools
from collections.abc import Mapping
from pathlib import Path

from lims.labels.templates import Template, load_templates
from lims.settings import resource_dir


class _Templates:
    """What :func:`use_own_templates` read."""

    known: Mapping[str, Template] | None = None


def use_own_templates(folder: Path | None) -> None:
    """Say where the laboratory keeps its own templates, when the service or a command starts; None for nowhere.

    They are read at once, so that a faulty file stops the start. One of a shipped template's name takes its place.

    :raises TemplateInvalid: naming file and line.
    """
    _Templates.known = dict(sorted((_shipped() | (load_templates(folder) if folder else {})).items()))


def known_templates() -> Mapping[str, Template]:
    """Every template, in the order of their names: the one place from which every door and room takes them.

    :raises TemplateInvalid: naming file and line.
    """
    if _Templates.known is None:
        use_own_templates(None)
    return _Templates.known or {}


@functools.cache
def _shipped() -> dict[str, Template]:
    return load_templates(resource_dir("label_templates"))
