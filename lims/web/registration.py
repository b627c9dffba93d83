"""How the web door is hung: its pages, its shields, its languages, and what every template may use."""

import importlib
from typing import Any

from flask import Flask, request
from jinja2 import StrictUndefined

from lims import clock
from lims.accounts.vocabulary import Action
from lims.http_context import Door, open_door, someone
from lims.temperatures.vocabulary import celsius
from lims.web import acts, assets, audits, device, frame, languages, messages, places, printing_words, rack_words, shields, wording, words
from lims.web import study_here as study_words
from lims.web.browser_session import authenticate, recognise
from lims.web.compiled import CompiledTemplates
from lims.web.problem_words import finding_text
from lims.web.reasons import reason_text
from lims.web.refusals import refuse
from lims.web.study_here import study_here

PAGES = (
    "account",
    "audit_acts",
    "audits",
    "badges",
    "batches",
    "bench",
    "bench_acts",
    "bench_audits",
    "bench_by_hand",
    "bench_claims",
    "bench_picks",
    "bench_sheet",
    "bench_worker",
    "collect",
    "container_acts",
    "containers",
    "device_page",
    "excursions",
    "hole_sheet",
    "imports",
    "kit_acts",
    "kits",
    "label_gallery",
    "label_printing",
    "label_standings",
    "labels",
    "manifests",
    "pairs",
    "participant",
    "participants",
    "people",
    "pick_list_acts",
    "pick_lists",
    "print_job_acts",
    "print_jobs",
    "printers",
    "rack_scans",
    "scan",
    "scan_back",
    "sign_in",
    "specimen",
    "specimen_acts",
    "specimens",
    "temperatures",
    "times",
    "today",
    "trail",
)

COMPILED = CompiledTemplates()


def register(app: Flask) -> None:
    """Hang the web door into ``app``."""
    for name in PAGES:
        importlib.import_module(f"lims.web.{name}")
    open_door(app, Door("/", authenticate, refuse))
    shields.set_up_shields(app)
    languages.set_up_languages(app)
    _set_up_templates(app)
    app.register_blueprint(frame.web)


@frame.web.before_request
def look_at_who_asks() -> None:
    """Know who looks even where anybody may, then see whether a form is ours."""
    recognise()
    study_here()
    shields.check_form()


def _set_up_templates(app: Flask) -> None:
    app.jinja_env.bytecode_cache = COMPILED
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(wording.FILTERS, type_of=study_words.type_word, flag_name=study_words.flag_word, celsius=celsius)
    app.jinja_env.globals.update(
        static=assets.static,
        icon=assets.icon,
        both=languages.both,
        in_other=languages.in_other,
        language=languages.language,
        language_tag=languages.language_tag,
        languages=languages.LANGUAGES,
        form_of=acts.form_of,
        form_token=shields.form_token,
        new_operation=frame.new_operation,
        notes=frame.notes,
        operation=None,
        role_word=words.role_word,
        event_word=words.event_word,
        event_icon=words.event_icon,
        kind_word=words.kind_word,
        state_word=words.state_word,
        form_word=words.form_word,
        pair_word=words.pair_word,
        sex_word=words.sex_word,
        milestone_word=words.milestone_word,
        unit_word=words.unit_word,
        **printing_words.WORDS,
        audit_age=audits.audit_age,
        found_word=audits.found_word,
        **rack_words.WORDS,
        place_words=audits.place_words,
        container_type_word=words.container_type_word,
        container_icon=words.container_icon,
        minutes=wording.minutes,
        today_there=wording.today,
        amount=wording.amount,
        side_word=words.side_word,
        specimen_shape=words.specimen_shape,
        **study_words.WORDS,
        reason_text=reason_text,
        finding_text=finding_text,
    )
    app.context_processor(_facts_of_every_page)


def _facts_of_every_page() -> dict[str, Any]:
    who = someone()

    def may(action: str) -> bool:
        return who is not None and who.may(Action(action))

    words_here = messages.words_of_this_page()
    return {
        "_": words_here.one,
        "ngettext": words_here.several,
        "actor": who,
        "may": may,
        "places": places.places_of(who),
        "device": device.this_device(),
        "study": study_here(),
        "study_code": study_here().code,
        "here": frame.own_path(request.full_path.rstrip("?"), "/") if request.method == "GET" else "/",
        "now": clock.now(),
        "refused": acts.refused_form(),
    }
