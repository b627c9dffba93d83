"""From a tube's page: when it was received, processed, frozen, as it happens; and a wrong time put right."""

from lims.db import Database
from lims.storage.records import TubeFilter
from lims.storage.tubes import get_tube, list_tubes

from .conftest import Browser, said

ON_ITS_WAY = {
    "participant": "L07",
    "timepoint": "PRE",
    "type": "stool",
    "unit": "mg",
    "tubes": "1",
    "volume-0": "2210",
    "container": "stool-tube",
    "collected_at": "2026-08-21T09:00",
}


def test_a_tube_is_frozen_later_and_too_late_and_the_time_is_put_right(technician: Browser, trial: Database) -> None:
    technician.follow("/collect", ON_ITS_WAY)
    with trial.read() as session:
        barcode = list_tubes(session, TubeFilter(participant="L07"))[0].barcode
    page = f"/specimens/{barcode}"
    assert "Received, processed, frozen" in said(technician.get(page))

    assert "Processed or frozen too late" in said(technician.follow(f"{page}/times", {"frozen_at": "2026-08-21T19:00"}))
    assert "Say why" in said(technician.post(f"{page}/times", {"frozen_at": "2026-08-21T11:00"}))
    answer = technician.follow(f"{page}/times", {"frozen_at": "2026-08-21T11:00", "reason": "read on the wrong clock"})
    assert "In time." in said(answer)
    with trial.read() as session:
        tube = get_tube(session, barcode)
    assert (tube.state, tube.flags, tube.times.frozen_at is not None) == ("received", (), True)
