"""Labels of a job drawn: what each says, and whether it can be printed at all before it is asked for."""

from collections.abc import Mapping, Sequence

from lims.labels.layout import plan_label
from lims.labels.renderers import check_start, render
from lims.labels.template_parts import COPY_MARK, Template
from lims.printing.vocabulary import LabelPrint


def draw(template: Template, labels: Sequence[LabelPrint], *, format: str, dpi: int, start: int = 1) -> bytes:
    """These labels in one file, in this order. Raises what :func:`lims.labels.renderers.render` does."""
    values = [values_of(template, label.fields, label.barcode, label.symbol, label.copy) for label in labels]
    return render(template, values, format=format, dpi=dpi, start=start)


def values_of(template: Template, fields: Mapping[str, str], barcode: str, symbol: str, copy: int) -> dict[str, str]:
    """What a label says: its fields, the code its symbols carry, and of a later copy the mark and which it is."""
    of_copy = {COPY_MARK: symbol.removeprefix(barcode), "copy": f"copy {copy}"} if copy > 1 else {}
    return {**fields, template.symbol_field: barcode, **of_copy}


def check_can_be_drawn(template: Template, labels: Sequence[Mapping[str, str]], *, dpi: int, start: int) -> None:
    """Lay every label out, and write none.

    :raises ResolutionNotForTemplate: the template makes no sense at ``dpi``.
    :raises StartOutOfRange: the sheet has no such position.
    :raises SymbolDataRefused: the code is none a symbol may carry.
    :raises SymbolDoesNotFit: a symbol is larger than its place, with the numbers.
    :raises TextDoesNotFit: a text that must stand in full is too long.
    """
    plan = plan_label(template, dpi)
    check_start(template, start)
    for values in labels:
        plan.resolve(values)
