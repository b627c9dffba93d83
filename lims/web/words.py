"""The house's own words for people: what each code of ours is called on a page. A study's words come from its protocol instead."""

from lims.accounts.vocabulary import Role
from lims.custody.vocabulary import EventType, SubjectKind
from lims.storage.container_types import CONTAINER_TYPES
from lims.web.messages import _, later

_ROLES: dict[Role, str] = {
    Role.TECHNICIAN: later("Technician"),
    Role.COORDINATOR: later("Study coordinator"),
    Role.CORE: later("Sequencing core"),
    Role.ANALYST: later("Data analyst"),
    Role.AUDITOR: later("Auditor"),
    Role.ADMIN: later("Administrator"),
}

_EVENTS: dict[EventType, tuple[str, str]] = {
    EventType.REGISTERED: ("tube", later("Registered")),
    EventType.RECEIVED: ("sheet", later("Received")),
    EventType.PLACED: ("back", later("Put away")),
    EventType.MOVED: ("swap", later("Moved")),
    EventType.CHECKED_OUT: ("box", later("Taken out")),
    EventType.RETURNED: ("back", later("Put back")),
    EventType.REMOVED: ("out", later("Taken out for good")),
    EventType.ALIQUOTED: ("share", later("Divided")),
    EventType.THAWED: ("drop", later("Thawed")),
    EventType.CONSUMED: ("drop", later("Used")),
    EventType.DISPATCHED: ("out", later("Sent out")),
    EventType.QUARANTINED: ("lock", later("Quarantined")),
    EventType.RELEASED: ("ok", later("Released")),
    EventType.DISPOSED: ("bin", later("Disposed of")),
    EventType.FLAGGED: ("flag", later("Flagged")),
    EventType.UNFLAGGED: ("flag", later("Flag taken off")),
    EventType.CODE_BOUND: ("scan", later("Code bound")),
    EventType.BATCHED: ("batch", later("Put into a batch")),
    EventType.UNBATCHED: ("batch", later("Taken out of its batch")),
    EventType.CORRECTED: ("edit", later("Corrected")),
    EventType.AUDITED: ("tick", later("Looked for")),
    EventType.REBOXED: ("box", later("Box filled anew")),
    EventType.DONE_BY_HAND: ("edit", later("Done by hand")),
    EventType.COLLECTED: ("tube", later("Collected")),
    EventType.NOT_COLLECTED: ("none", later("Not collected")),
    EventType.ENROLLED: ("person", later("Enrolled")),
    EventType.CONSENT_GIVEN: ("sheet", later("Consent given")),
    EventType.CONSENT_WITHDRAWN: ("stop", later("Consent withdrawn")),
    EventType.TREATED: ("plus", later("Treatment given")),
    EventType.TAKEN_OFF_STUDY: ("out", later("Taken off study")),
    EventType.PROTOCOL_LOADED: ("sheet", later("Protocol loaded")),
    EventType.CONTAINER_MADE: ("box", later("Container made")),
    EventType.CONTAINER_MOVED: ("swap", later("Container moved")),
    EventType.BOX_CLAIMED: ("lock", later("Box being filled")),
    EventType.BOX_LEFT: ("flag", later("Box no longer filled")),
    EventType.CONTAINER_CLOSED: ("box", later("Container closed")),
    EventType.CONTAINER_AUDITED: ("tick", later("Audited")),
    EventType.CONTAINER_REBOXED: ("box", later("Filled anew")),
    EventType.AUDIT_BEGUN: ("tick", later("Audit begun")),
    EventType.AUDIT_SCANNED: ("scan", later("Scanned in an audit")),
    EventType.AUDIT_UNSCANNED: ("undo", later("Scan taken back")),
    EventType.AUDIT_ACCEPTED: ("ok", later("Audit accepted")),
    EventType.AUDIT_ABANDONED: ("none", later("Audit abandoned")),
    EventType.PICK_LIST_MADE: ("list", later("Pick list made")),
    EventType.PICKED: ("box", later("Picked")),
    EventType.UNPICKED: ("undo", later("Pick taken back")),
    EventType.PICK_NOT_FOUND: ("flag", later("Not there")),
    EventType.PICK_SUBSTITUTED: ("swap", later("Another tube taken instead")),
    EventType.PICK_LIST_DONE: ("ok", later("Pick list done")),
    EventType.PICK_LIST_CANCELLED: ("none", later("Pick list cancelled")),
    EventType.RACK_SCANNED: ("scan", later("Rack scanned")),
    EventType.LIMITS_SET: ("edit", later("Temperature limits set")),
    EventType.TEMPERATURES_READ: ("cold", later("Temperatures taken in")),
    EventType.EXCURSION_REVIEWED: ("ok", later("Excursion closed")),
    EventType.BATCH_OPENED: ("batch", later("Batch opened")),
    EventType.BATCH_CHANGED: ("batch", later("Batch changed")),
    EventType.BATCH_CLOSED: ("batch", later("Batch closed")),
    EventType.MANIFEST_ISSUED: ("lock", later("Manifest issued")),
    EventType.MANIFEST_PULLED: ("down", later("Manifest downloaded")),
    EventType.IMPORTED: ("up", later("File imported")),
    EventType.PRINTER_ADDED: ("print", later("Printer added")),
    EventType.PRINTER_CHANGED: ("print", later("Printer changed")),
    EventType.JOB_QUEUED: ("print", later("Labels queued")),
    EventType.JOB_PAUSED: ("print", later("Printing paused")),
    EventType.JOB_RESUMED: ("print", later("Printing resumed")),
    EventType.JOB_CANCELLED: ("none", later("Printing cancelled")),
    EventType.LABELS_REPLACED: ("swap", later("Labels replaced")),
    EventType.LABELS_TAKEN: ("down", later("Labels downloaded")),
    EventType.LABELS_PRINTED: ("print", later("Labels said to be printed")),
    EventType.LABEL_VERIFIED: ("scan", later("Label scanned back")),
    EventType.KIT_MADE: ("box", later("Kit made")),
    EventType.KIT_BOUND: ("person", later("Kit given to a participant")),
    EventType.KIT_USED: ("tube", later("Kit used")),
    EventType.KIT_VOIDED: ("none", later("Kit voided")),
    EventType.DEVICE_NAMED: ("edit", later("Device named")),
    EventType.ACCOUNT_MADE: ("person", later("Account made")),
    EventType.ACCOUNT_CHANGED: ("person", later("Account changed")),
    EventType.SIGNED_IN: ("key", later("Signed in")),
    EventType.SIGN_IN_REFUSED: ("stop", later("Sign-in refused")),
    EventType.SIGNED_OUT: ("out", later("Signed out")),
    EventType.TOKEN_ISSUED: ("key", later("Token issued")),
    EventType.TOKEN_REVOKED: ("key", later("Token revoked")),
}

_KINDS: dict[SubjectKind, str] = {
    SubjectKind.STUDY: later("Study"),
    SubjectKind.PARTICIPANT: later("Participant"),
    SubjectKind.COLLECTION: later("Collection"),
    SubjectKind.SPECIMEN: later("Specimen"),
    SubjectKind.CONTAINER: later("Container"),
    SubjectKind.BATCH: later("Batch"),
    SubjectKind.MANIFEST: later("Manifest"),
    SubjectKind.IMPORT: later("Import"),
    SubjectKind.PERSON: later("Person"),
    SubjectKind.PRINTER: later("Printer"),
    SubjectKind.PRINT_JOB: later("Print job"),
    SubjectKind.KIT: later("Kit"),
    SubjectKind.AUDIT: later("Audit"),
    SubjectKind.PICK_LIST: later("Pick list"),
    SubjectKind.DEVICE: later("Device"),
}

_SHAPES = {
    "stool": "stool",
    "blood-edta": "blood",
    "blood-serum": "blood",
    "plasma": "blood",
    "serum": "blood",
    "pbmc": "blood",
    "whole-blood": "blood",
    "tumour-frozen": "tumour",
    "tumour-ffpe": "tumour",
    "tumour-rnalater": "tumour",
}


def role_word(role: str) -> str:
    """A role, as people call it."""
    return _(_ROLES[Role(role)])


def event_word(type_: str) -> str:
    """What happened, as a verb in the past."""
    return _(_EVENTS[EventType(type_)][1])


def event_icon(type_: str) -> str:
    """The icon of what happened."""
    return _EVENTS[EventType(type_)][0]


def kind_word(kind: str) -> str:
    """A kind of thing with a history."""
    return _(_KINDS[SubjectKind(kind)])


def specimen_shape(specimen_type: str) -> str:
    """The icon of a material: pentagon for stool, drop for blood, triangle for tumour, a tube for the rest."""
    return _SHAPES.get(specimen_type, "tube")


def side_word(side: str | None) -> str:
    """The half of a pair."""
    return {"pre": _("before treatment"), "post": _("after treatment")}.get(side or "", "")


_STATES = {
    "collected": later("Collected, not here yet"),
    "received": later("In the laboratory, without a hole"),
    "stored": later("Stored"),
    "checked-out": later("Taken out"),
    "dispatched": later("Sent out"),
    "depleted": later("Used up"),
    "disposed": later("Disposed of"),
    "quarantined": later("Quarantined"),
}
_FORMS = {"primary": later("as collected"), "aliquot": later("aliquot"), "derivative": later("derivative")}
_PAIR_STATES = {
    "complete": later("complete"),
    "waiting": later("waiting"),
    "possible": later("possible"),
    "at_risk": later("at risk"),
    "broken": later("broken"),
    "excluded": later("excluded"),
}
_SEXES = {"F": later("female"), "M": later("male"), "U": later("unknown"), "INTERSEX": later("intersex")}


def state_word(state: str) -> str:
    """Where a specimen stands in its life."""
    return _(_STATES[state]) if state in _STATES else state


def form_word(form: str) -> str:
    """How a specimen came to be."""
    return _(_FORMS[form]) if form in _FORMS else form


def pair_word(state: str) -> str:
    """How a pair stands."""
    return _(_PAIR_STATES[state]) if state in _PAIR_STATES else state


def sex_word(sex: str | None) -> str:
    """CDISC's letter, in a word."""
    word = _SEXES.get(sex or "", "unknown")
    return _(word)


_MILESTONES = {
    "collected": later("collected"),
    "received": later("received"),
    "processed": later("processed"),
    "frozen": later("frozen"),
}
_UNITS = {"10^6": "× 10⁶", "cells": later("cells"), "count": later("pieces"), "uL": "µL"}


def milestone_word(milestone: str) -> str:
    """A moment in the handling of a tube."""
    return _(_MILESTONES[milestone]) if milestone in _MILESTONES else milestone


def unit_word(unit: str) -> str:
    """A unit as a person reads it."""
    return _(_UNITS[unit]) if unit in _UNITS else unit


_CONTAINERS = {
    "room": later("Room"),
    "freezer": later("−80 °C freezer"),
    "freezer-20": later("−20 °C freezer"),
    "freezer-150": later("−150 °C freezer"),
    "fridge": later("Refrigerator"),
    "ln2-tank": later("Liquid nitrogen tank"),
    "cabinet": later("Cabinet"),
    "shelf": later("Shelf"),
    "rack": later("Rack"),
    "tower": later("Tower"),
    "drawer": later("Drawer"),
    "box-5x5": later("Box 5 × 5"),
    "box-7x7": later("Box 7 × 7"),
    "box-9x9": later("Box 9 × 9"),
    "box-9x9-numbered": later("Box 9 × 9, numbered"),
    "box-10x10": later("Box 10 × 10"),
    "box-10x10-numbered": later("Box 10 × 10, numbered"),
    "box-8x12": later("Box 8 × 12"),
    "rack-24": later("Rack of 24 tubes"),
    "rack-48": later("Rack of 48 tubes"),
    "rack-96": later("Rack of 96 tubes"),
    "rack-384": later("Rack of 384 tubes"),
    "plate-96": later("Plate of 96 wells"),
    "plate-384": later("Plate of 384 wells"),
    "slide-box-25": later("Slide box of 25"),
    "slide-box": later("Slide box of 100"),
    "ffpe-drawer": later("FFPE drawer"),
    "bag": later("Bag"),
}


def container_type_word(code: str) -> str:
    """A type of container."""
    return _(_CONTAINERS[code]) if code in _CONTAINERS else code


def container_by_name(words: str) -> str:
    """Types of container that a sentence calls ``a 9 × 9 box``, ``A freezer`` or ``shelf, rack``."""
    names = {name: type_.code for type_ in CONTAINER_TYPES.values() for name in (type_.name, type_.with_article, f"a {type_.name}")}
    lowered = f"{words[:1].lower()}{words[1:]}"
    called = [lowered] if lowered in names else lowered.split(", ")
    return "、".join(container_type_word(names.get(each, each)) for each in called)


_SORTS = {
    "assay": later("assay"),
    "carried over from": later("earlier study"),
    "cohort": later("cohort"),
    "collections": later("collections"),
    "consent": later("day of consent"),
    "container": later("container"),
    "earlier study": later("earlier study"),
    "enrolled": later("day of enrolment"),
    "inventory": later("existing tubes"),
    "nonconformance": later("mark"),
    "off study": later("day of leaving"),
    "reason": later("reason"),
    "roster": later("participants"),
    "sex": later("sex"),
    "specimen type": later("specimen type"),
    "status": later("status"),
    "storage temperature": later("storage temperature"),
    "timepoint": later("timepoint"),
    "treatment": later("treatment"),
    "withdrawn": later("day of withdrawal"),
}


def sort_word(sort: str) -> str:
    """What sort of thing a sentence speaks of."""
    return _(_SORTS[sort]) if sort in _SORTS else sort


def container_icon(code: str) -> str:
    """The icon of a container: a door for what is cold, a box for what holds tubes."""
    if code in {"freezer", "freezer-20", "freezer-150", "fridge", "cabinet", "room"}:
        return "door"
    return "cold" if code == "ln2-tank" else "box"
