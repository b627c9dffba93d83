"""What may go wrong when pairs are asked for."""

from lims.errors import Finding, InvalidInput
from lims.sentences import Sentence


class NotPaired(InvalidInput):
    """An assay of one side only has no pairs."""

    code = "pairs.not-paired"

    def __init__(self, assay: str) -> None:
        super().__init__(
            f"{assay} is of one side only: it has no pairs. Choose a paired assay.",
            (Finding("assay", Sentence("it is of one side only"), assay),),
        )
        self.assay = assay
