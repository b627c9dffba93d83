"""Kits: which there are, the form for new ones, one kit with its tubes, and the sheet that is ticked when they are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from lims.accounts.vocabulary import Action
from lims.custody.queries import list_events
from lims.http_context import allow, read
from lims.ids import codes_among, in_fours
from lims.kits.labels import sheet_fields
from lims.kits.queries import KitFilter, get_kit, list_kits, tubes_by_code
from lims.kits.vocabulary import STOPPED, KitState, KitSummary, KitTubeRecord, TubeState
from lims.labels.drawing import known_templates
from lims.labels.renderers import render
from lims.labels.templates import get_template
from lims.scanning.void_labels import void_label_remarks_of
from lims.specimens.amounts import from_base
from lims.studies.queries import ParticipantFilter, get_participant, list_participants, protocol_of_version
from lims.web.codes_taken import void_labels_note
from lims.web.frame import page, web
from lims.web.happenings import happenings
from lims.web.label_sources import MOST
from lims.web.messages import _, later, plural
from lims.web.study_here import protocol_here, study_here, use_study
from lims.web.symbol_pictures import code_128_picture, datamatrix_picture

PAGE = 50
_STATES: dict[str, str] = {
    KitState.MADE: later("waiting"),
    KitState.USED: later("used"),
    KitState.VOID: later("void"),
    STOPPED: later("consent withdrawn"),
}
_TUBE_STATES: dict[str, str] = {TubeState.READY: later("empty, waits"), TubeState.USED: later("filled"), TubeState.VOID: later("void")}


@dataclass(frozen=True, slots=True)
class VoidLabelRead:
    """What is said when the label with this code is scanned; at once, where it was scanned just now."""

    code: str
    title: str
    sentence: str
    now: bool


@web.get("/kits")
@allow(Action.READ)
def kits() -> ResponseReturnValue:
    """The kits, the newest first; those just made stand on top with one button for all their labels."""
    which, before = request.args.get("which", ""), request.args.get("before", type=int)
    wanted = KitFilter(study=study_here().code, state=which if which in _STATES else None, stock=True if which == "stock" else None)
    fresh = request.args.get("fresh", "").split()[:100]
    with read() as (session, _actor):
        found = list_kits(session, wanted, before=before, limit=PAGE)
    just_made = [kit for kit in found if kit.barcode in fresh]
    waiting = sum(kit.shown_state == KitState.MADE for kit in found)
    headline = plural("One kit waits", "%(num)d kits wait", waiting) if waiting else _("No kit waits")
    facts: dict[str, Any] = {"which": which, "more": found[-1].id if len(found) == PAGE else None, "state_of": kit_state_word}
    return page("kits.html", kits=found, fresh=just_made, printable=_printable(just_made), headline=headline, **facts)


@web.get("/kits/new")
@allow(Action.REGISTER)
def new_kits() -> ResponseReturnValue:
    """The form for kits: for a participant, or for the stock."""
    asked = request.values.get("participant", "").strip()
    with read() as (session, _actor):
        person = get_participant(session, asked) if asked else None
    if person is not None:
        use_study(person.study_code)
    protocol = protocol_here()
    if protocol is None:
        return page("no_study.html")
    timepoints = [timepoint for timepoint in protocol.timepoints if protocol.plans_at(timepoint.code)]
    return page("kit_new.html", person=person, protocol=protocol, timepoints=timepoints, timepoint=request.values.get("timepoint", ""))


@web.get("/kits/<barcode>")
@allow(Action.READ)
def kit(barcode: str) -> ResponseReturnValue:
    """A kit: its tubes in the order of the work, ticked as they are scanned, and what may be done with it."""
    with read() as (session, _actor):
        found = get_kit(session, barcode)
        read_now = tubes_by_code(session, codes_among(request.values.getlist("tube")))
        void = void_label_remarks_of(session, [tube.id for tube in found.tubes])
        history = happenings(list_events(session, found.summary.id))
        people = (
            []
            if found.summary.participant
            else list_participants(session, ParticipantFilter(study=found.summary.study, withdrawn=False), limit=2000)
        )
    use_study(found.summary.study)
    scanned = {tube.id for tube in read_now.values()}
    defaults = {f"amount-{tube.line}": _planned(tube) for tube in found.tubes}
    defaults |= {f"tube-{tube.line}": tube.barcode for tube in found.tubes if tube.id in scanned}
    facts: dict[str, Any] = {"people": [person.code for person in people], "history": history, "protocol": protocol_here()}
    facts["void"] = [VoidLabelRead(code, *void_labels_note([remark]), code in read_now) for code, remark in void.items()]
    words: dict[str, Any] = {"state_of": kit_state_word, "tube_state_of": tube_state_word, "whose": whose(found.summary)}
    return page("kit.html", kit=found, defaults=defaults, headline=_headline(found.summary), **facts, **words)


@web.get("/kits/<barcode>/sheet")
@allow(Action.READ)
def kit_sheet(barcode: str) -> ResponseReturnValue:
    """The kit's sheet, to print: whose it is, and a box to tick for each tube."""
    with read() as (session, _actor):
        found = get_kit(session, barcode)
    use_study(found.summary.study)
    code = found.summary.barcode
    pictures = {"square": datamatrix_picture(code), "bars": code_128_picture(code)}
    return page("kit_sheet.html", kit=found, whose=whose(found.summary), protocol=protocol_here(), **pictures)


@web.get("/kits/<barcode>/slip.pdf")
@allow(Action.READ)
def kit_slip(barcode: str) -> ResponseReturnValue:
    """The same as a slip for a label printer, drawn from the form template: a picture, not a print."""
    with read() as (session, _actor):
        found = get_kit(session, barcode)
        fields = sheet_fields(found, protocol_of_version(session, found.summary.protocol_version_id))
    answer = Response(render(get_template(known_templates(), "form"), [fields], format="pdf", dpi=300), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="kit-{found.summary.barcode}.pdf"'
    return answer


def kit_state_word(state: str) -> str:
    """How a kit stands."""
    return _(_STATES[state]) if state in _STATES else state


def tube_state_word(state: str) -> str:
    """How a tube of a kit stands."""
    return _(_TUBE_STATES[state]) if state in _TUBE_STATES else state


def whose(kit: KitSummary) -> str:
    """For whom and when a kit is."""
    return " ".join(each for each in (kit.participant or _("in stock"), kit.timepoint) if each)


def _headline(kit: KitSummary) -> str:
    if kit.shown_state == STOPPED:
        return _("%(code)s withdrew consent: nothing more is taken", code=kit.participant)
    if kit.state is KitState.MADE:
        return plural("Kit %(code)s: one tube waits", "Kit %(code)s: %(num)d tubes wait", kit.ready, code=in_fours(kit.barcode))
    return _("Kit %(code)s is used", code=in_fours(kit.barcode)) if kit.used else _("Kit %(code)s is void", code=in_fours(kit.barcode))


def _planned(tube: KitTubeRecord) -> str:
    return "" if tube.amount is None else format(from_base(tube.amount, tube.unit), "f")


def _printable(made: Sequence[KitSummary]) -> str:
    """The kits whose labels fit into one print job, for the address; nothing where they do not."""
    return " ".join(kit.barcode for kit in made) if sum(kit.ready for kit in made) <= MOST else ""
