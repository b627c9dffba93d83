"""Rules of printing: which copy a label becomes, who may ask for it, what fits a printer, how a job stands, what a scan proves."""

from collections.abc import Iterator, Mapping, Sequence

from lims.accounts.vocabulary import Action, Actor
from lims.custody.vocabulary import SubjectKind
from lims.ids import ALPHABET, in_fours
from lims.labels.render_errors import FormatNotForTemplate, LabelCountOutOfRange, ResolutionNotForTemplate
from lims.labels.renderers import formats_of
from lims.labels.rules import LONGEST_CODE
from lims.labels.template_parts import Stock, Template
from lims.printing.errors import (
    BadWords,
    LabelWantedTwice,
    MarksUsedUp,
    MoreCopiesNotAllowed,
    NoRoomForMark,
    OtherStockLoaded,
    TemplateForAnotherSubject,
)
from lims.printing.printer_errors import PrinterRetired
from lims.printing.vocabulary import JobState, LabelPrint, LabelState, LabelWanted, Printer, ScanOutcome
from lims.sentences import Sentence

MOST_LABELS = 500
"""In one job."""
MOST_COPIES_BY_ANYBODY = 3
LONGEST_WORDS = 200
SUBJECT_OF = {SubjectKind.SPECIMEN: "specimen", SubjectKind.CONTAINER: "container", SubjectKind.KIT: "form"}
"""For which templates a thing of each kind can have a label."""
UNFINISHED = (LabelState.QUEUED, LabelState.SENDING, LabelState.SENT)


def check_wanted(template: Template, wanted: Sequence[LabelWanted]) -> None:
    """
    :raises LabelCountOutOfRange: none, or more than one job holds.
    :raises TemplateForAnotherSubject: the template is for other things.
    :raises LabelWantedTwice: one thing is named twice.
    """
    if not 1 <= len(wanted) <= MOST_LABELS:
        raise LabelCountOutOfRange(len(wanted), MOST_LABELS)
    first: dict[int, int] = {}
    for place, each in enumerate(wanted, start=1):
        if SUBJECT_OF.get(each.kind) != template.subject:
            raise TemplateForAnotherSubject(template.name, each.barcode)
        if each.subject_id in first:
            raise LabelWantedTwice(each.barcode, first[each.subject_id], place)
        first[each.subject_id] = place


def check_printer(printer: Printer, template: Template, loaded: Stock | None) -> None:
    """Whether a printer can print a template as it stands now. ``loaded`` is the stock in it; None where a person puts it in.

    :raises PrinterRetired: it prints nothing more.
    :raises OtherStockLoaded: it holds other labels.
    :raises ResolutionNotForTemplate: its dots are too coarse, or too fine, for the template.
    :raises FormatNotForTemplate: it understands no language the template can be had in.
    """
    if printer.retired:
        raise PrinterRetired(printer.name)
    if loaded is not None and not is_same_stock(loaded, template.stock):
        raise OtherStockLoaded(printer.name, template.name, template.stock.name, loaded.name)
    if printer.dpi not in template.stock.dpi:
        raise ResolutionNotForTemplate(template.name, printer.dpi, template.stock.dpi)
    if printer.language not in formats_of(template):
        raise FormatNotForTemplate(template.name, printer.language, formats_of(template))


def is_same_stock(one: Stock, other: Stock) -> bool:
    """Whether two templates are printed on the same labels; at which resolutions they make sense is their own affair."""
    return all(getattr(one, name) == getattr(other, name) for name in ("part", "width_mm", "height_mm", "round", "sheet"))


def clean_words(field: str, words: str | None) -> str | None:
    """A reason or a purpose as it is kept; nothing but white space is none.

    :raises BadWords: more than a line, or too long.
    """
    words = words.strip() if words is not None else ""
    if len(words) > LONGEST_WORDS or not words.isprintable():
        raise BadWords(field, words, LONGEST_WORDS)
    return words or None


def has_left(label: LabelPrint) -> bool:
    """Whether somebody may hold it: a label that was void before it left the queue frees its number."""
    return label.sent_at is not None


def counts(label: LabelPrint) -> bool:
    """Whether its copy number is used."""
    return label.state is not LabelState.VOID or has_left(label)


def needs_reason(former: Sequence[LabelPrint]) -> bool:
    """Whether a thing with these labels may have another only for a reason: one waits, or one has left the queue."""
    return any(counts(label) for label in former)


def next_copy(former: Sequence[LabelPrint]) -> int:
    """The number of the next label of a thing. The one that counts now becomes void: its number is free if it never left the queue."""
    return 1 + max((label.copy for label in former if has_left(label)), default=0)


def check_may_print(actor: Actor, barcode: str, copy: int) -> None:
    """
    :raises MoreCopiesNotAllowed: from the fourth label on a coordinator decides.
    """
    if copy > MOST_COPIES_BY_ANYBODY and not actor.may(Action.PRINT_MORE):
        raise MoreCopiesNotAllowed(barcode, copy - 1)


def marked_codes(barcode: str, copy: int, former: Sequence[LabelPrint]) -> Iterator[str]:
    """What the symbol of a later copy may carry, the likeliest first: the barcode and one character no other label of it has.

    :raises NoRoomForMark: the code is as long as a symbol may be.
    :raises MarksUsedUp: after the last.
    """
    if len(barcode) >= LONGEST_CODE:
        raise NoRoomForMark(barcode, LONGEST_CODE)
    used = {label.symbol for label in former if has_left(label)}
    for mark in ALPHABET[copy - 2 :]:
        if barcode + mark not in used:
            yield barcode + mark
    raise MarksUsedUp(barcode, copy - 1)


def job_state(counted: Mapping[LabelState, int], *, paused: bool, cancelled: bool) -> JobState:
    """How a job stands, by how many of its labels are in each state."""
    live = sum(number for state, number in counted.items() if state is not LabelState.VOID)
    unfinished = sum(counted.get(state, 0) for state in UNFINISHED)
    if cancelled:
        return JobState.CANCELLED
    if not live:
        return JobState.VOID
    if counted.get(LabelState.VERIFIED, 0) == live:
        return JobState.PROVEN
    if not unfinished:
        return JobState.PRINTED
    if paused:
        return JobState.PAUSED
    return JobState.WAITING if counted.get(LabelState.QUEUED, 0) == live else JobState.PRINTING


def to_verify(labels: Sequence[LabelPrint]) -> list[LabelPrint]:
    """The labels of a job that are still to be scanned back, in the order of their lines."""
    return [label for label in labels if label.state not in {LabelState.VERIFIED, LabelState.VOID}]


def outcome_of(label: LabelPrint, labels: Sequence[LabelPrint]) -> ScanOutcome:
    """What scanning ``label``, one of ``labels`` in their order, comes to."""
    match label.state:
        case LabelState.VOID:
            return ScanOutcome.VOID
        case LabelState.VERIFIED:
            return ScanOutcome.ALREADY
        case LabelState.QUEUED:
            return ScanOutcome.NOT_PRINTED
        case LabelState.SENDING | LabelState.SENT | LabelState.PRINTED:
            return ScanOutcome.OK if to_verify(labels)[0].line == label.line else ScanOutcome.WRONG_ORDER


def scan_sentence(outcome: ScanOutcome, code: str, label: LabelPrint | None, expected: LabelPrint | None, left: int) -> str:
    """What a person is told after a scan: what is so, then what to do."""
    shown, line = in_fours(code), label.line if label else None
    due = expected.line if expected else None
    match outcome:
        case ScanOutcome.OK if left == 0:
            return Sentence("Line %(line)s is right. Every label is scanned back: the job is proven.", line=line)
        case ScanOutcome.OK:
            return Sentence("Line %(line)s is right. Next is line %(due)s.", line=line, due=due)
        case ScanOutcome.WRONG_ORDER:
            return Sentence("Line %(line)s is right, but line %(due)s comes first. Look for line %(due)s.", line=line, due=due)
        case ScanOutcome.ALREADY:
            return Sentence("Line %(line)s was scanned before. Scan another label.", line=line)
        case ScanOutcome.NOT_PRINTED:
            return Sentence("Line %(line)s is not printed yet: %(code)s is on an older label. Destroy that one.", line=line, code=shown)
        case ScanOutcome.VOID:
            return Sentence("The label %(code)s counts no more. Destroy it, and scan the one that replaced it.", code=shown)
        case ScanOutcome.NOT_OF_THIS_JOB:
            return Sentence("%(code)s is no label of this job. Put it aside, and scan a label of the job.", code=shown)
        case ScanOutcome.TUBE_DIFFERS:
            return Sentence("The label and %(code)s are of different tubes. Take the label off, and put it on its own tube.", code=shown)
        case ScanOutcome.LABEL_AGAIN:
            return Sentence("%(code)s is on a label. Scan the code that was on the tube before it was labelled.", code=shown)
