"""The study whose words, days and zone a page is in."""

from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from flask import g
from sqlalchemy import select

from lims.http_context import database
from lims.studies.models import Study


@dataclass(frozen=True, slots=True)
class StudyHere:
    """The study of this page, by its code and the zone of its days."""

    id: int | None
    code: str
    zone: ZoneInfo


def study_here() -> StudyHere:
    """The study, found once a request: the first by code, or none yet."""
    if "study_here" not in g:
        with database().read() as session:
            row = session.execute(select(Study.id, Study.code, Study.time_zone).order_by(Study.code)).first()
        g.study_here = StudyHere(row.id, row.code, ZoneInfo(row.time_zone)) if row else StudyHere(None, "LIMS", ZoneInfo("UTC"))
        g.zone = g.study_here.zone
    return cast(StudyHere, g.study_here)
