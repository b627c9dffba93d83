"""Endpoints of manifests: issued once, pulled as often as wanted, the same bytes for ever."""

from typing import Any

from flask import Response, request
from marshmallow import fields

from lims import clock
from lims.accounts.vocabulary import Action
from lims.api.fields import Choice, Instant, instant_text
from lims.api.frame import Blueprint, json_answer
from lims.api.schema import Schema
from lims.http_context import allow, read, transaction
from lims.sequencing import queries, service
from lims.sequencing.vocabulary import COLUMNS, ManifestFormat, ManifestRecord

manifests = Blueprint("manifests", "Manifests: numbered lists of a batch whose bytes never change.")

_COLUMNS = f"Columns, in this order: {', '.join(COLUMNS)}."


class NothingIn(Schema):
    """An empty body, or none."""


class ManifestOut(Schema):
    """An issued manifest, without its lines."""

    number = fields.String(required=True)
    batch = fields.String(required=True)
    assay = fields.String(required=True)
    line_count = fields.Integer(required=True)
    issued_at = Instant(required=True)
    issued_by = fields.String(required=True)
    sha256 = fields.String(required=True, metadata={"description": "Of the CSV"})
    checksums = fields.Dict(keys=fields.String(), values=fields.String(), required=True, metadata={"description": "SHA-256 by format"})


class ManifestsOut(Schema):
    """The manifests of a batch, the first issued first."""

    items = fields.List(fields.Nested(ManifestOut), required=True)


class FormatIn(Schema):
    """In which form."""

    format = Choice(*ManifestFormat, load_default=ManifestFormat.JSON.value)


@manifests.post("/batches/<code>/manifests")
@manifests.arguments(NothingIn, required=False)
@manifests.response(201, ManifestOut)
@allow(Action.ISSUE_MANIFEST)
def issue(_body: dict[str, Any], code: str) -> Any:
    """Issue the batch's next manifest, as the batch is at this moment."""
    with transaction() as (session, actor):
        return json_answer(manifest_row(service.issue_manifest(session, code, actor=actor, at=clock.now())), 201)


@manifests.get("/batches/<code>/manifests")
@manifests.response(200, ManifestsOut)
@allow(Action.READ)
def list_manifests(code: str) -> Any:
    """The manifests issued of a batch."""
    with read() as (session, _):
        return json_answer({"items": [manifest_row(each) for each in queries.list_manifests(session, code)]})


@manifests.get("/manifests/<number>")
@manifests.arguments(FormatIn, location="query")
@manifests.response(200, content_type="application/json", description=f"The bytes as they were issued; ETag is their SHA-256. {_COLUMNS}")
@manifests.alt_response(200, content_type="text/csv", description="The same as CSV (RFC 4180)")
@manifests.alt_response(200, content_type=ManifestFormat.XLSX.media_type, description="The same as a workbook")
@allow(Action.PULL_MANIFEST)
def pull(query: dict[str, Any], number: str) -> Response:
    """Pull a manifest. That it was pulled is written down."""
    with transaction() as (session, actor):
        document = service.pull_manifest(session, number, query["format"], actor=actor, at=clock.now())
    answer = Response(document.content, content_type=document.media_type)
    answer.set_etag(document.sha256)
    answer.headers["Content-Disposition"] = f'attachment; filename="{document.file_name}"'
    answer.make_conditional(request)
    return answer


def manifest_row(one: ManifestRecord) -> dict[str, Any]:
    """A manifest as an answer shows it; agrees with :class:`ManifestOut`."""
    return {
        "number": one.number,
        "batch": one.batch,
        "assay": one.assay,
        "line_count": one.line_count,
        "issued_at": instant_text(one.issued_at),
        "issued_by": one.issued_by,
        "sha256": one.sha256[ManifestFormat.CSV],
        "checksums": dict(one.sha256),
    }
