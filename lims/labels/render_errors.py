"""What may go wrong between a template, the values for it and a finished label. Each says what is so, then what to do."""

from pathlib import Path

from lims.errors import Finding, InvalidInput, NotFound, RuleViolation
from lims.sentences import Sentence


class TemplateInvalid(InvalidInput):
    """A template file cannot be used as it stands."""

    code = "labels.template-invalid"

    def __init__(self, file: Path, line: int, why: str) -> None:
        where = f"{file.name}:{line}"
        super().__init__(f"{where}: {why}", (Finding(where, why),))
        self.file, self.line, self.why = file, line, why


class TemplateNotFound(NotFound):
    """No template has that name."""

    code = "labels.template-not-found"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no label template {name[:60]!r}. Choose one of {', '.join(known)}.")
        self.name, self.known = name, known


class SymbolDataRefused(InvalidInput):
    """A code that no barcode of ours may carry."""

    code = "labels.symbol-data-refused"

    def __init__(self, text: str, why: str, character: str | None = None, place: int | None = None) -> None:
        shown = text[:60]
        super().__init__(f"The code {shown!r} cannot be printed as a barcode: {why}.", (Finding("barcode", why, shown),))
        self.text, self.character, self.place = shown, character, place


class SymbolDoesNotFit(RuleViolation):
    """The symbol would not fit its place with its quiet zone and modules a scanner can read."""

    code = "labels.symbol-does-not-fit"

    def __init__(self, symbol: str, text: str, needs_mm: tuple[float, float], has_mm: tuple[float, float], dpi: int) -> None:
        needs, has = (f"{width:.1f} × {height:.1f} mm" for width, height in (needs_mm, has_mm))
        super().__init__(
            f"The {symbol} of {text} does not fit this label at {dpi} dpi: it needs {needs}, the label has {has}. Choose a larger label."
        )
        self.symbol, self.text, self.needs_mm, self.has_mm, self.dpi = symbol, text, needs_mm, has_mm, dpi


class TextDoesNotFit(RuleViolation):
    """A text that must stand in full is too long for its place, even in its smallest type."""

    code = "labels.text-does-not-fit"

    def __init__(self, text: str, needs_mm: float, has_mm: float) -> None:
        shown = text if len(text) <= 60 else text[:60] + "…"
        super().__init__(
            f"“{shown}” must stand on the label in full and does not fit: it needs {needs_mm:.1f} mm, the label has {has_mm:.1f} mm. "
            "Choose a larger label."
        )
        self.text, self.needs_mm, self.has_mm = shown, needs_mm, has_mm


class ResolutionNotForTemplate(InvalidInput):
    """The template makes no sense at that resolution."""

    code = "labels.resolution-not-for-template"

    def __init__(self, template: str, dpi: int, possible: tuple[int, ...]) -> None:
        choices = ", ".join(map(str, possible))
        super().__init__(
            f"{template} cannot be printed at {dpi} dpi. Choose one of {choices} dpi.",
            (Finding("dpi", Sentence("one of %(choices)s", choices=choices), str(dpi)),),
        )
        self.template, self.dpi, self.possible = template, dpi, possible


class FormatNotForTemplate(InvalidInput):
    """That output does not exist, or not for this stock."""

    code = "labels.format-not-for-template"

    def __init__(self, template: str, format_: str, possible: tuple[str, ...]) -> None:
        choices = ", ".join(possible)
        super().__init__(
            f"{template} cannot be had as {format_[:20]!r}. Choose one of {choices}.",
            (Finding("format", Sentence("one of %(choices)s", choices=choices), format_[:20]),),
        )
        self.template, self.format, self.possible = template, format_, possible


class LabelCountOutOfRange(InvalidInput):
    """No label, or more than one file should hold."""

    code = "labels.count-out-of-range"

    def __init__(self, count: int, most: int) -> None:
        super().__init__(
            f"{count} labels were asked for. Ask for 1 to {most} at a time.",
            (Finding("labels", Sentence("1 to %(last)s", last=most), str(count)),),
        )
        self.count, self.most = count, most


class StartOutOfRange(InvalidInput):
    """The sheet has no such position to start from."""

    code = "labels.start-out-of-range"

    def __init__(self, template: str, start: int, last: int) -> None:
        if last == 1:
            sentence = Sentence("%(template)s is no sheet: it starts at position 1, not at %(start)s.", template=template, start=start)
        else:
            sentence = Sentence(
                "A sheet of %(template)s has the positions 1 to %(last)s, counted row by row; it cannot start at %(start)s.",
                template=template,
                last=last,
                start=start,
            )
        super().__init__(sentence, (Finding("start", Sentence("1 to %(last)s", last=last), str(start)),))
        self.template, self.start, self.last = template, start, last
