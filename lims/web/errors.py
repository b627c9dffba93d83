"""What may go wrong with a page itself."""

from lims.errors import Finding, InvalidInput, NotPermitted


class FormFromElsewhere(NotPermitted):
    """Another site tried to send one of our forms."""

    code = "web.form-from-elsewhere"

    def __init__(self) -> None:
        super().__init__("This form came from another site. Nothing was done; open the page here and send it again.")


class PageTooOld(NotPermitted):
    """The page was made for another session, or its form carries no token."""

    code = "web.page-too-old"

    def __init__(self) -> None:
        super().__init__("This page is from an earlier session. Nothing was done; open it again and send it once more.")


class FormIncomplete(InvalidInput):
    """Fields are missing or cannot be read; the findings name them."""

    code = "web.form-incomplete"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("Nothing was recorded yet. Look at the marked fields.", findings)
