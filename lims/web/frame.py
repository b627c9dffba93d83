"""The frame every page stands in: its blueprint, how a template is shown, and the notes that outlive a redirect."""

import uuid
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, get_flashed_messages, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

web = Blueprint("web", __name__, template_folder="templates")


def page(template: str, status: int = 200, /, **facts: Any) -> Response:
    """A page, made of its template and its facts."""
    answer = make_response(render_template(template, **facts))
    answer.status_code = status
    return answer


def go(address: str) -> AnyResponse:
    """Answer a form by leading on to a page, so that reloading does nothing twice."""
    return redirect(address, code=303)


def tell(outcome: str, title: str, do: str = "", *, undo: str | None = None) -> None:
    """Leave a note for the next page: ``ok``, ``warn`` or ``stop`` as a banner, ``done`` as a toast with its undo."""
    flash(cast(Any, {"outcome": outcome, "title": str(title), "do": str(do), "undo": undo}))


def notes() -> list[dict[str, str | None]]:
    """The notes left for this page."""
    return cast("list[dict[str, str | None]]", get_flashed_messages())


def new_operation() -> str:
    """A fresh id for a form, so that a double click is one act."""
    return str(uuid.uuid4())


def own_path(address: str | None, otherwise: str) -> str:
    """``address`` if it is a path of this service, else ``otherwise``: nobody is led elsewhere by a link."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or urlsplit(address).netloc:
        return otherwise
    return address if address.isprintable() else otherwise


def here() -> str:
    """This page's own path with its query, to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else own_path(urlsplit(request.referrer or "").path, "/")
