"""What a scan means here and now: the one way from a code to a thing, for every door."""

from sqlalchemy.orm import Session

from lims.accounts.vocabulary import Action, Actor
from lims.ids import has_right_check, looks_like_ours, normalise_code
from lims.scanning.errors import MisreadScan, UnknownScan
from lims.scanning.holes import find_scanned_hole
from lims.scanning.kits import find_of_kit
from lims.scanning.queries import (
    find_code_of_copy,
    find_labelled,
    find_scanned_badge,
    find_scanned_batch,
    find_scanned_manifest,
    find_scanned_participant,
    find_scanned_pick_list,
)
from lims.scanning.rules import describe
from lims.scanning.vocabulary import Scan, Subject


def resolve_scan(session: Session, read: str, context: str | None = None, *, actor: Actor | None = None) -> Scan:
    """What was scanned or typed: a tube by any of its codes or its label, a container, a badge, a kit or a tube of one, a participant,
    a batch, a manifest, a pick list, a hole.

    Lower case, spaces in fours and a scanner's prefix are understood; so is the code of a copy as it stands on its label, with the mark
    apart. A label that counts no more finds its tube as any other does, and is warned of. A tube costs one statement.

    :param context: what the technician is about to do; see :func:`~lims.scanning.rules.describe`.
    :param actor: only what they may do is offered, and only those who may read participants find them.
    :raises MalformedCode: it cannot be a code.
    :raises MisreadScan: it has the form of a code of ours, and a character is wrong.
    :raises UnknownScan: nothing has it.
    """
    code = normalise_code(read)
    found = find_labelled(session, code, read.strip())
    subject: Subject | None = find_scanned_badge(session, code) if found.of_person else found.subject
    subject = subject or find_of_kit(session, code) or _find_by_name(session, code, actor)
    if subject is None:
        if copy := find_code_of_copy(session, code):
            return resolve_scan(session, copy, context, actor=actor)
        raise MisreadScan(code) if looks_like_ours(code) and not has_right_check(code) else UnknownScan(code)
    return describe(code, subject, actor, context, found.void_label)


def _find_by_name(session: Session, code: str, actor: Actor | None) -> Subject | None:
    """What has no barcode, but a code people know."""
    found: Subject | None = (
        find_scanned_batch(session, code) or find_scanned_manifest(session, code) or find_scanned_pick_list(session, code)
    )
    if found is None and (actor is None or actor.may(Action.READ_PARTICIPANTS)):
        found = find_scanned_participant(session, code)
    return found or find_scanned_hole(session, code)
