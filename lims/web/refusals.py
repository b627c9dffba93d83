"""How this door puts a refusal: a page with one clear sentence, never a trace."""

import logging
from urllib.parse import quote

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from lims.accounts.errors import NotSignedIn
from lims.errors import LimsError
from lims.http_context import request_id
from lims.web.bench_outcomes import refused
from lims.web.browser_session import recognise
from lims.web.frame import go, page
from lims.web.messages import _, later
from lims.web.problem_words import sentence_of
from lims.web.statuses import status_of

log = logging.getLogger("lims.web")


def refuse(error: Exception) -> ResponseReturnValue:
    """The page for whatever went wrong."""
    try:
        return _page_for(error)
    except (SQLAlchemyError, LimsError):
        log.exception("request %s failed, and its page as well", request_id())
        return _in_plain_words()


def _page_for(error: Exception) -> ResponseReturnValue:
    if isinstance(error, NotSignedIn):
        return _to_sign_in()
    recognise()
    if isinstance(error, LimsError) and request.accept_mimetypes.best == "application/json":
        return {"outcome": refused(error).plain, "code": error.code}, status_of(error)
    if isinstance(error, LimsError):
        return page("refused.html", status_of(error), title=_title(status_of(error)), sentence=sentence_of(error))
    if isinstance(error, HTTPException):
        return _of_http(error)
    log.exception("request %s failed", request_id(), exc_info=error)
    return page("refused.html", 500, title=later("Something went wrong here"), sentence=_stumbled())


def _in_plain_words() -> Response:
    """Where even the page for a refusal cannot be made, because the database does not answer."""
    answer = make_response(f"The service cannot be reached at this moment. 服务暂时不可用。 {request_id()}", 503)
    answer.mimetype = "text/plain"
    return answer


def _stumbled() -> str:
    return _("The service stumbled. Nothing was recorded. Try once more; if it stays, tell an administrator: %(id)s", id=request_id())


def _to_sign_in() -> Response:
    back = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return make_response(go("/sign-in" if back == "/" else f"/sign-in?next={quote(back)}"))


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error)
    sentences = {
        404: _("Nothing is at this address. Scan a code, or go on from the top of the page."),
        405: _("This address takes forms only. Go on from the top of the page."),
        413: _("That file is too large. At most 16 MB can be sent at once."),
    }
    answer = page(
        "refused.html",
        status,
        title=_title(status),
        sentence=sentences.get(status, _("That could not be read. Go back and try again.")),
    )
    if status == 405 and (allowed := getattr(error, "valid_methods", None)):
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _title(status: int) -> str:
    """Said in both languages by the page."""
    return {
        403: later("Not for you"),
        404: later("Not found"),
        405: later("Not this way"),
        409: later("Not done"),
        413: later("Too large"),
        429: later("Wait a moment"),
        503: later("Busy"),
    }.get(status, later("Not done"))
