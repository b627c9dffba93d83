"""What the API says of itself: OpenAPI 3.1 for programs, and one page made from it for people."""

import functools
import http
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import flask_smorest
import jinja2
from flask import Blueprint, Flask, Response, current_app, url_for
from flask_smorest.utils import prepare_response
from markupsafe import Markup, escape

from lims.api.problems import Problem
from lims.http_context import public

PROBLEM = "application/problem+json"
docs = Blueprint("api-docs", __name__, url_prefix="/api")


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest carries no types
    """flask-smorest's register of endpoints, without its own way of answering errors and its pages from elsewhere."""

    def _register_error_handlers(self) -> None:
        """The house answers errors in one place."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            said: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                said["schema"] = Problem
            prepare_response(said, self.spec, PROBLEM)
            self.spec.components.response(status.name, said, lazy=True)
        refusal: dict[str, Any] = {"description": "Refused: what is so, then what to do", "schema": Problem}
        prepare_response(refusal, self.spec, PROBLEM)
        self.spec.components.response("DEFAULT_ERROR", refusal, lazy=True)


def new_api(app: Flask) -> Api:
    """The register of this application's endpoints, empty yet."""
    app.config.update(API_TITLE="Specimens", API_VERSION=version("lims"), OPENAPI_VERSION="3.1.0")
    api = Api(app, spec_kwargs={"info": {"description": _DESCRIPTION}, "security": [{"token": []}]})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": "`lims token issue` prints one."})
    key = {
        "description": "An operation id of your own, a UUID say: the same request under the same id is done once and answered alike.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    }
    api.spec.components.parameter("IDEMPOTENCY_KEY", "header", {"name": "Idempotency-Key", "required": False, **key})
    app.extensions["lims_api"] = api
    return api


@docs.get("/v1/openapi.json")
@public
def openapi_json() -> Response:
    """The API as OpenAPI 3.1."""
    return Response(json.dumps(_specification()), content_type="application/json")


@docs.get("/docs")
@public
def browse() -> str:
    """The API as one page."""
    spec = _specification()
    return _pages.get_template("docs.html").render(
        spec=spec, resolve=lambda part: _resolve(spec, part), css=url_for("api-docs.style"), json=url_for("api-docs.openapi_json")
    )


@docs.get("/docs/docs.css")
@public
def style() -> Response:
    """How that page looks."""
    return Response((_HERE / "static" / "docs.css").read_text(encoding="utf-8"), content_type="text/css; charset=utf-8")


@docs.get("/docs/inter-latin.woff2")
@public
def typeface() -> Response:
    """The house's typeface."""
    content = (_HERE.parent / "web" / "static" / "fonts" / "inter-latin.woff2").read_bytes()
    return Response(content, content_type="font/woff2", headers={"Cache-Control": "public, max-age=86400"})


def _specification() -> dict[str, Any]:
    """What was registered, put together once."""
    found: dict[str, Any] = current_app.extensions.get("lims_api_said") or current_app.extensions["lims_api"].spec.to_dict()
    current_app.extensions["lims_api_said"] = found
    return found


def _resolve(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the specification points at, with the last word of it as ``ref``; anything else as it is."""
    if "$ref" not in part:
        return part
    steps = part["$ref"].removeprefix("#/").split("/")
    return {"ref": steps[-1], **functools.reduce(lambda found, step: found[step], steps, spec)}


_HERE = Path(__file__).resolve().parent
_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates" / "api"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def _words(text: object) -> Markup:
    """A description with its `code` set as code."""
    parts = str(text or "").split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


_pages.filters["words"] = _words
_DESCRIPTION = (
    "Specimens of a paired trial, from the bench to the sequencing core. Errors are problem+json (RFC 9457) with a stable `code`, a "
    "sentence for people, and JSON pointers. Writes take an `Idempotency-Key`. Lists are paged: give an answer's `next` as `cursor`. "
    "Moments are ISO 8601 with offset."
)
