"""What may go wrong with printing."""

from collections.abc import Sequence

from lims.errors import Conflict, Finding, InvalidInput, NotFound, NotPermitted, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence

TOLD_AT_MOST = 8


class OtherStockLoaded(RuleViolation):
    """The printer holds labels of another kind than the template is made for."""

    code = "printing.other-stock-loaded"

    def __init__(self, printer: str, template: str, wanted: str, loaded: str) -> None:
        super().__init__(
            Sentence(
                "%(template)s is printed on %(wanted)s, and %(printer)s holds %(loaded)s. Choose another printer or template, "
                "or load that stock and say so on the printer's page.",
                template=template,
                wanted=wanted,
                printer=printer,
                loaded=loaded,
            )
        )
        self.printer, self.template, self.wanted, self.loaded = printer, template, wanted, loaded


class TemplateForAnotherSubject(InvalidInput):
    """The template says something of other things than the one whose label is wanted."""

    code = "printing.template-for-another-subject"

    def __init__(self, template: str, barcode: str) -> None:
        why = Sentence("%(template)s is made for other things than %(barcode)s", template=template, barcode=in_fours(barcode))
        super().__init__(
            Sentence(
                "%(template)s is made for other things than %(barcode)s. Choose another template.",
                template=template,
                barcode=in_fours(barcode),
            ),
            (Finding("template", why, template),),
        )
        self.template, self.barcode = template, barcode


class LabelWantedTwice(InvalidInput):
    """One thing named twice in one job."""

    code = "printing.label-wanted-twice"

    def __init__(self, barcode: str, first: int, again: int) -> None:
        super().__init__(
            Sentence(
                "%(barcode)s is named twice, at %(first)s and at %(again)s. A thing has one label: leave one out.",
                barcode=in_fours(barcode),
                first=first,
                again=again,
            ),
            (Finding(f"/barcodes/{again - 1}", Sentence("named before"), barcode),),
        )
        self.barcode, self.first, self.again = barcode, first, again


class ReprintNeedsReason(InvalidInput):
    """Something has a label already, printed or about to be."""

    code = "printing.reason-missing"

    def __init__(self, barcodes: Sequence[str]) -> None:
        told = ", ".join(in_fours(barcode) for barcode in barcodes[:TOLD_AT_MOST])
        more = len(barcodes) - TOLD_AT_MOST
        sentence = (
            Sentence("%(told)s and %(more)s more have a label already. Say why it is printed again.", told=told, more=more)
            if more > 0
            else Sentence("There is a label of %(told)s already. Say why it is printed again.", told=told)
        )
        super().__init__(sentence, (Finding("reason", Sentence("say why it is printed again")),))
        self.barcodes = tuple(barcodes)


class MoreCopiesNotAllowed(NotPermitted):
    """From the fourth label of one thing on, somebody else decides."""

    code = "printing.more-copies-not-allowed"

    def __init__(self, barcode: str, copies: int) -> None:
        super().__init__(
            Sentence(
                "%(barcode)s has had %(copies)s labels. Ask a coordinator to print another, and find out where they go.",
                barcode=in_fours(barcode),
                copies=copies,
            )
        )
        self.barcode, self.copies = barcode, copies


class MarksUsedUp(RuleViolation):
    """So many labels of one thing that no mark is left to tell a further one by."""

    code = "printing.marks-used-up"

    def __init__(self, barcode: str, copies: int) -> None:
        super().__init__(
            Sentence(
                "%(barcode)s has had %(copies)s labels, and no mark is left for another. Find one of them, or bind a new code to it.",
                barcode=in_fours(barcode),
                copies=copies,
            )
        )
        self.barcode, self.copies = barcode, copies


class NoRoomForMark(RuleViolation):
    """A code so long that a label cannot carry it with the mark of a copy."""

    code = "printing.no-room-for-mark"

    def __init__(self, barcode: str, most: int) -> None:
        super().__init__(
            Sentence(
                "A later label of %(barcode)s would carry more than %(most)s characters with its mark. Bind a shorter code to it first.",
                barcode=barcode,
                most=most,
            )
        )
        self.barcode, self.most = barcode, most


class AskedAtOnce(Conflict):
    """Somebody else asked for a label of the same thing at the same moment, and was first."""

    code = "printing.asked-at-once"

    def __init__(self) -> None:
        super().__init__(Sentence("Somebody asked for one of these labels at the same moment. Look at its labels, then ask again."))


class BadWords(InvalidInput):
    """A reason or a purpose that cannot be kept as it is."""

    code = "printing.bad-words"

    def __init__(self, field: str, value: str, most: int) -> None:
        why = Sentence("give 1 to %(most)s characters, on one line", most=most)
        super().__init__(Sentence("%(field)s: %(why)s.", field=field, why=why), (Finding(field, why, value[:40]),))
        self.field, self.most, self.why = field, most, why


class UnknownJob(NotFound):
    """No print job has that number."""

    code = "printing.unknown-job"

    def __init__(self, job_id: int) -> None:
        super().__init__(Sentence("There is no print job %(job)s. Look it up on the page of printing.", job=job_id))
        self.job = job_id


class UnknownLine(NotFound):
    """The job has no such line."""

    code = "printing.unknown-line"

    def __init__(self, job_id: int, line: int, last: int) -> None:
        super().__init__(Sentence("Job %(job)s has the lines 1 to %(last)s, and no line %(line)s.", job=job_id, last=last, line=line))
        self.job, self.line, self.last = job_id, line, last


class NothingWaits(RuleViolation):
    """No label of the job waits to be printed any more."""

    code = "printing.nothing-waits"

    def __init__(self, job_id: int) -> None:
        super().__init__(
            Sentence(
                "No label of job %(job)s waits any more: they have left the queue, or count no longer. Nothing was changed.", job=job_id
            )
        )
        self.job = job_id


class NothingToReprint(RuleViolation):
    """From that line on nothing came out that could be printed anew."""

    code = "printing.nothing-to-reprint"

    def __init__(self, job_id: int, line: int) -> None:
        super().__init__(
            Sentence("From line %(line)s on nothing of job %(job)s has left the queue. Give the first spoilt line.", job=job_id, line=line)
        )
        self.job, self.line = job_id, line


class NotAnOfficePrinter(RuleViolation):
    """Only what a person prints is downloaded, and said to be printed, by a person."""

    code = "printing.not-an-office-printer"

    def __init__(self, job_id: int, printer: str) -> None:
        super().__init__(
            Sentence(
                "Job %(job)s is sent to %(printer)s by the service, which sees what it prints. Scan its labels back.",
                job=job_id,
                printer=printer,
            )
        )
        self.job, self.printer = job_id, printer


class NothingToDownload(RuleViolation):
    """Every label of the job is printed: another one is a reprint, with a reason."""

    code = "printing.nothing-to-download"

    def __init__(self, job_id: int) -> None:
        super().__init__(Sentence("Every label of job %(job)s is printed, or counts no more. To print one again, say why.", job=job_id))
        self.job = job_id


class PrintingPaused(RuleViolation):
    """The job, or its printer, waits until somebody lets it go on."""

    code = "printing.paused"

    def __init__(self, job_id: int) -> None:
        super().__init__(Sentence("Job %(job)s or its printer is paused. Resume it first.", job=job_id))
        self.job = job_id


class NothingDownloaded(RuleViolation):
    """Nobody has fetched the labels yet, so none can have been printed."""

    code = "printing.nothing-downloaded"

    def __init__(self, job_id: int) -> None:
        super().__init__(Sentence("No label of job %(job)s waits for that word. Download the sheet and print it first.", job=job_id))
        self.job = job_id
