"""Whether a tube can be used for an assay, and whether more tubes for it can still be made of it (protocol, "assays").

Flags such as haemolysis or a late spin do not stand here: they travel with the material and block nothing.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from lims.pairs.vocabulary import Reason, ReasonCode, TubeFacts, because
from lims.specimens.amounts import in_words, to_base
from lims.specimens.vocabulary import AT_HAND, SpecimenForm, SpecimenState
from lims.studies.protocol import RESERVE, Assay, Protocol
from lims.studies.rules import serves

_GONE = {
    SpecimenState.DISPOSED: ReasonCode.DISPOSED,
    SpecimenState.DISPATCHED: ReasonCode.DISPATCHED,
    SpecimenState.DEPLETED: ReasonCode.DEPLETED,
}


def usability(tube: TubeFacts, assay: Assay, protocol: Protocol) -> tuple[Reason, ...]:
    """Why a tube cannot be used for this assay; empty where it can.

    An aliquot made for no stated purpose, or for the reserve, serves every assay its type feeds; one made for another assay
    does not (``studies.rules.serves``). A primary that the plan divides is never itself used, one that it does not divide is.
    An unknown thaw count blocks nothing; an unknown amount is not enough.
    """
    return (*_blocks(tube, protocol), *_unfit(tube, assay, protocol))


def concerns(tube: TubeFacts, assay: Assay, protocol: Protocol) -> bool:
    """Whether a tube stands on a side of this assay's pair at all: its type feeds the assay, or what feeds it is made of it."""
    return tube.specimen_type in assay.fed_by or bool(_sources(tube, protocol) & set(assay.fed_by))


def can_still_yield(tube: TubeFacts, assay: Assay, protocol: Protocol) -> bool:
    """Whether aliquots for this assay can still be made of a primary: not divided for it yet, or enough known to be left.

    Of a tube of another type (blood for plasma) one set is made; of one that is only divided (stool), as much as is there.
    """
    if not is_to_divide(tube, protocol) or tube.state not in AT_HAND or any(_blocks(tube, protocol)):
        return False
    divided = bool(tube.made & set(assay.fed_by))
    if tube.specimen_type not in assay.fed_by:
        return not divided
    return not divided if tube.amount is None else tube.amount >= least_amount(assay)


def is_to_divide(tube: TubeFacts, protocol: Protocol) -> bool:
    """Whether the plan divides this primary, so that it is not itself used."""
    plan = protocol.find_collection_plan(tube.specimen_type)
    return tube.form is SpecimenForm.PRIMARY and plan is not None and plan.divided


def least_amount(assay: Assay) -> int:
    """How much an assay needs, in base units."""
    return _in_base_units(assay.least_amount, assay.unit)


def rank_of_purpose(tube: TubeFacts, assay: Assay) -> int:
    """Of several usable aliquots those made for the assay go first, the reserve last."""
    return {assay.code: 0, None: 1, RESERVE: 2}.get(tube.purpose, 3)


@cache
def _in_base_units(amount: Decimal, unit: str) -> int:
    return to_base(amount, unit)


def _blocks(tube: TubeFacts, protocol: Protocol) -> Iterator[Reason]:
    """What stands in the way whatever the assay is."""
    if tube.withdrawn_on is not None:
        yield because(ReasonCode.CONSENT_WITHDRAWN, on=tube.withdrawn_on)
    if gone := _GONE.get(tube.state):
        yield because(gone)
    if tube.quarantined:
        yield because(ReasonCode.QUARANTINED)
    if tube.missing:
        yield because(ReasonCode.MISSING)
    for flag in tube.flags:
        if flag in protocol.blocking_codes:
            yield because(ReasonCode.BLOCKED, flag=flag)


def _unfit(tube: TubeFacts, assay: Assay, protocol: Protocol) -> Iterator[Reason]:
    if not concerns(tube, assay, protocol):
        yield because(ReasonCode.OTHER_TYPE, type=tube.specimen_type, assay=assay.code, fed_by=", ".join(assay.fed_by))
        return
    if is_to_divide(tube, protocol) or tube.specimen_type not in assay.fed_by:
        yield because(ReasonCode.DIVIDED if tube.made & set(assay.fed_by) else ReasonCode.NOT_DIVIDED)
        return
    if not serves(assay, tube.specimen_type, tube.purpose):
        yield because(ReasonCode.OTHER_PURPOSE, purpose=tube.purpose)
    if tube.state not in _GONE:
        yield from _too_little(tube, assay)
    if assay.thaw_limit is not None and tube.thaw_count is not None and tube.thaw_count > assay.thaw_limit:
        yield because(ReasonCode.TOO_MANY_THAWS, thaws=tube.thaw_count, limit=assay.thaw_limit, assay=assay.code)


def _too_little(tube: TubeFacts, assay: Assay) -> Iterator[Reason]:
    needed = least_amount(assay)
    if tube.amount is None:
        yield because(ReasonCode.AMOUNT_UNKNOWN)
    elif tube.amount < needed:
        yield because(ReasonCode.TOO_LITTLE, left=in_words(tube.amount, tube.unit), needed=in_words(needed, assay.unit), assay=assay.code)


def _sources(tube: TubeFacts, protocol: Protocol) -> set[str]:
    """The types that can be made of a primary."""
    if tube.form is not SpecimenForm.PRIMARY:
        return set()
    return {kind.code for kind in protocol.specimen_types if tube.specimen_type in kind.derived_from}
