"""What may go wrong before a room is asked: a body, a header or a parameter that cannot be read."""

from lims.errors import Finding, InvalidInput


class NotJson(InvalidInput):
    """The body is of another kind."""

    code = "api.not-json"

    def __init__(self) -> None:
        super().__init__("The body must be JSON. Send it with Content-Type: application/json.")


class MalformedJson(InvalidInput):
    """The body says it is JSON and is not, or holds what no JSON of ours may hold."""

    code = "api.malformed-json"

    def __init__(self, why: str) -> None:
        super().__init__(f"The body cannot be read as JSON: {why}.")


class InvalidRequest(InvalidInput):
    """Fields or parameters are missing, unknown, or cannot be read; the findings name each."""

    code = "api.invalid-request"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first = findings[0]
        more = f" ({len(findings) - 1} more below)" if len(findings) > 1 else ""
        super().__init__(f"{first.where or 'The body'}: {first.sentence}{more}", findings)


class BadCursor(InvalidInput):
    """A cursor that no answer gave."""

    code = "api.bad-cursor"

    def __init__(self) -> None:
        super().__init__("This cursor is none of ours. Begin the list anew, without one.", (Finding("/cursor", "none of ours"),))
