"""A wrong tube beside the one that is wanted, row by row, so that a person sees in what they differ."""

from typing import Any

from lims.errors import LimsError
from lims.ids import in_fours
from lims.picking.errors import WrongTube
from lims.storage.records import Hole
from lims.web.messages import _
from lims.web.study_here import type_word


def compared(error: LimsError) -> dict[str, Any]:
    """The rows of a wrong tube; nothing of any other refusal."""
    if not isinstance(error, WrongTube):
        return {}
    tube, line = error.tube, error.line
    rows = (
        (_("Participant"), line.participant, tube.participant),
        (_("Timepoint"), line.timepoint, tube.timepoint),
        (_("Kind"), f"{type_word(line.specimen_type)} {line.ordinal}", f"{type_word(tube.specimen_type)} {tube.ordinal}"),
        (_("Hole"), _hole(line.place), _hole(tube.place)),
        (_("Code"), in_fours(line.barcode), in_fours(tube.barcode)),
    )
    heads = [_("The list asks for"), _("You scanned"), _("same"), _("not the same")]
    return {"compare": {"heads": heads, "rows": [{"what": what, "wants": wants, "has": has} for what, wants, has in rows]}}


def _hole(place: Hole | None) -> str:
    return "–" if place is None else " · ".join(filter(None, (place.container_name, place.position_text)))
