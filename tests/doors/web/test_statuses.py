"""What is not there is told as not there, at this door too."""

from lims.ids import MalformedCode, MisreadCode
from lims.specimens.errors import UnknownSpecimen
from lims.web.statuses import status_of


def test_a_misread_code_is_not_found_as_an_unknown_one_is() -> None:
    assert [status_of(error) for error in (MisreadCode("S2222222"), UnknownSpecimen("S2222222"))] == [404, 404]
    assert status_of(MalformedCode("", "it is empty.")) == 400
