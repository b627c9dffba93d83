"""What is said of a kit that was scanned, or of a tube of one that is not filled, and what may be done with it. Pure decisions."""

from typing import assert_never

from lims.ids import in_fours
from lims.kits.vocabulary import STOPPED, KitState, TubeState
from lims.scanning.vocabulary import NextAct, ScannedKit, ScannedKitTube


def of_kit(kit: ScannedKit) -> str:
    """What is said of a kit."""
    waiting = f"{kit.ready} of {kit.ready + kit.used + kit.void} tubes wait to be filled."
    if kit.state != KitState.MADE:
        return f"{_STANDS[kit.state]} {_withdrawn(kit)}".strip()
    return waiting if kit.participant is not None else f"{waiting} It is of the stock: say whose it is when you collect."


def of_kit_tube(tube: ScannedKitTube) -> str:
    """What is said of a tube of a kit that is not filled."""
    kit = in_fours(tube.kit)
    match TubeState(tube.state):
        case TubeState.READY:
            said = f"A tube of kit {kit}, not used yet: collect it."
            return said if tube.withdrawn_on is None else f"A tube of kit {kit}, not used. {_withdrawn(tube)}"
        case TubeState.VOID:
            return f"This label counts no more: kit {kit} was closed without it. Take a new tube, and destroy this label."
        case TubeState.USED:
            return f"A tube of kit {kit}, used."
        case never:
            assert_never(never)


def acts_on_kit(kit: ScannedKit) -> tuple[NextAct, ...]:
    """What may be done with a kit."""
    if kit.state in {KitState.USED, KitState.VOID}:
        return ()
    if kit.withdrawn_on is not None:
        return (NextAct.VOIDED,)
    return (NextAct.COLLECTED, NextAct.VOIDED) if kit.participant is not None else (NextAct.COLLECTED, NextAct.BOUND, NextAct.VOIDED)


def acts_on_kit_tube(tube: ScannedKitTube) -> tuple[NextAct, ...]:
    """What may be done with a tube of a kit."""
    return (NextAct.COLLECTED,) if tube.state == TubeState.READY and tube.withdrawn_on is None else ()


_STANDS = {
    KitState.USED: "Used: nothing of it waits to be filled.",
    KitState.VOID: "Void: its labels count no more.",
    STOPPED: "Nothing more is collected with it.",
}


def _withdrawn(scanned: ScannedKit | ScannedKitTube) -> str:
    on = scanned.withdrawn_on
    return "" if on is None else f"Consent was withdrawn on {on:%Y-%m-%d}: take nothing more."
