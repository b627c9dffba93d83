"""How the API reads a moment."""

from datetime import UTC, datetime

import pytest
from marshmallow import ValidationError

from lims.api.fields import Instant


def test_a_device_may_count_nanoseconds() -> None:
    whole = datetime(2026, 10, 12, 0, 0, 0, tzinfo=UTC)
    assert Instant().deserialize("2026-10-12T08:00:00.123456789+08:00") == whole.replace(microsecond=123456)
    assert Instant().deserialize("2026-10-12T00:00:00.1234567Z") == whole.replace(microsecond=123456)
    assert Instant().deserialize("2026-10-12T08:00+08:00") == whole


@pytest.mark.parametrize("given", ["2026-10-12T08:00:00", "2026-10-12", "2026-10-12T08:00:00+0800", "2026-10-12T08:00:00.+08:00", 0, None])
def test_a_moment_without_its_offset_is_never_guessed(given: object) -> None:
    with pytest.raises(ValidationError):
        Instant().deserialize(given)
