"""The switches of a device: language, theme, touch size, study."""

from flask import request
from werkzeug.wrappers import Response

from lims.accounts.service import choose_language
from lims.http_context import public, someone, transaction
from lims.web.device import Density, Theme, keep
from lims.web.frame import go, own_path, web
from lims.web.languages import LANGUAGES
from lims.web.study_here import study_here


@web.post("/device")
@public
def set_device() -> Response:
    """Keep what was switched on this device; the language on the account as well."""
    answer = go(own_path(request.form.get("back"), "/"))
    for name, known in (("language", LANGUAGES), ("theme", list(Theme)), ("density", list(Density)), ("study", study_here().others)):
        value = request.form.get(name, "")
        if value in known:
            keep(answer, name, value)
    if request.form.get("language") in LANGUAGES and someone() is not None:
        with transaction() as (session, actor):
            choose_language(session, request.form["language"], actor=actor)
    return answer
