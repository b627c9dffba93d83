"""The register as lists and labels read it: a freezer has the tubes of its boxes, and a withdrawn participant no labels."""

from datetime import timedelta

import pytest

from lims.specimens.errors import ConsentWithdrawn
from lims.storage.label_fields import label_fields
from lims.storage.records import TubeFilter
from lims.storage.tubes import list_tubes
from lims.storage.ways import container_path
from tests.factories import trial
from tests.support.bench import Bench


def test_a_freezer_has_the_tubes_of_all_its_boxes(bench: Bench) -> None:
    box, other = bench.freezer_box(), bench.container(name="B2")
    tubes = bench.tubes(3)
    bench.place(tubes[0], box)
    bench.place(tubes[1], box)
    bench.place(tubes[2], other)
    for step in container_path(bench.session, box.id):
        assert [tube.barcode for tube in list_tubes(bench.session, TubeFilter(container=step.barcode))] == tubes[:2]
    assert [tube.barcode for tube in list_tubes(bench.session, TubeFilter(container=other.barcode))] == tubes[2:]


def test_nothing_of_a_withdrawn_participant_is_printed(bench: Bench) -> None:
    tube = bench.tube()
    assert label_fields(bench.session, "specimen", [tube])[0]["participant"] == "L07"
    trial.withdraw(bench.session, on=(bench.at - timedelta(days=1)).date(), at=bench.at)
    with pytest.raises(ConsentWithdrawn):
        label_fields(bench.session, "specimen", [tube])
