"""Manifests: issued from a batch's page, shown with their checksums and who fetched them, and fetched."""

from flask import Response
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import allow, read, transaction
from lims.sequencing.queries import get_manifest, list_pulls
from lims.sequencing.service import issue_manifest, pull_manifest
from lims.sequencing.vocabulary import ManifestFormat
from lims.web.acts import act
from lims.web.batches import batch
from lims.web.frame import go, page, tell, web
from lims.web.messages import _, plural


@web.post("/batches/<code>/manifests")
@allow(Action.ISSUE_MANIFEST)
@act(batch)
def issue(code: str) -> ResponseReturnValue:
    """Issue the next manifest of a batch; it never changes."""
    with transaction() as (session, actor):
        issued = issue_manifest(session, code, actor=actor, at=clock.now())
    lines = plural("one line", "%(num)d lines", issued.line_count)
    tell("ok", _("%(number)s is issued", number=issued.number), _("%(lines)s. The sequencing core can fetch it now.", lines=lines))
    return go(f"/batches/{code}")


@web.get("/manifests/<number>")
@allow(Action.PULL_MANIFEST)
def manifest(number: str) -> ResponseReturnValue:
    """What was issued, by its checksums, and who fetched it."""
    with read() as (session, _actor):
        issued, pulls = get_manifest(session, number), list_pulls(session, number)
    return page("manifest.html", manifest=issued, pulls=pulls, formats=list(ManifestFormat))


@web.get("/manifests/<number>.<any(csv, xlsx, json):form>")
@allow(Action.PULL_MANIFEST)
def manifest_file(number: str, form: str) -> ResponseReturnValue:
    """The same bytes for ever; that they were fetched is written down."""
    with transaction() as (session, actor):
        document = pull_manifest(session, number, form, actor=actor, at=clock.now())
    answer = Response(document.content, content_type=document.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{document.file_name}"'
    answer.set_etag(document.sha256)
    return answer
