"""The bench: one page on which the scanner does everything, and what its scripts ask of a code and of a box."""

from dataclasses import replace

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from lims import clock
from lims.accounts.vocabulary import Action
from lims.errors import LimsError
from lims.http_context import CONTENT_POLICY, actor, allow, read
from lims.ids import LONGEST_CODE, normalise_code
from lims.scanning.commands import Command, find_command
from lims.scanning.resolve import resolve_scan
from lims.web.bench_known import box_facts, known
from lims.web.bench_outcomes import refused
from lims.web.bench_sheet import WORDS
from lims.web.bench_words import words_of_the_bench
from lims.web.bench_worker import ADDRESS as WORKER
from lims.web.frame import page, web
from lims.web.statuses import status_of

CARDS = (
    *(Command.IN, Command.OUT, Command.MOVE, Command.PICK, Command.NOT_THERE, Command.AUDIT, Command.REBOX),
    *(Command.UNDO, Command.DONE, Command.CANCEL),
)
"""Cards that stand on the page too, in their order; what is done with them is in ``static/bench``."""

_READER = "vendor/zxing-wasm-3.1.4"
"""What reads the camera's pictures. It is compiled in the browser, which this page alone allows."""


@web.get("/bench")
@allow(Action.STORE)
def bench() -> ResponseReturnValue:
    """The page; ``do`` is the card that was scanned elsewhere and led here, ``code`` what was scanned."""
    cards = [(command, *WORDS[command]) for command in CARDS]
    do, code = request.args.get("do", ""), request.args.get("code", "")[:LONGEST_CODE]
    facts = {"cards": cards, "do": do if do in set(Command) else "", "code": code if code.isprintable() else ""}
    kept = {"worker": WORKER, "camera": _READER, "clock_ms": _clock_ms()}
    answer = page("bench.html", **facts, **kept, words=words_of_the_bench())
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
    return answer


@web.get("/bench/scans/<path:code>")
@allow(Action.READ)
def bench_scan(code: str) -> ResponseReturnValue:
    """What a code is, with what is said of it; of one that leads nowhere, what was read and what to do."""
    try:
        if (command := find_command(normalise_code(code))) is not None:
            return jsonify(kind="command", read=code, command=command)
        with read() as (session, _actor):
            return jsonify(known(session, resolve_scan(session, code, actor=actor())))
    except LimsError as error:
        return _json_refusal(error)


@web.get("/bench/boxes/<path:code>")
@allow(Action.READ)
def bench_box(code: str) -> ResponseReturnValue:
    """Every hole of a box, and who else fills it than the ``device`` that asks; nothing new where all is as its page knows it."""
    try:
        with read() as (session, actor):
            asks = replace(actor, device=request.args.get("device"))
            answer = jsonify(box_facts(session, code, asks=asks, at=clock.now()))
    except LimsError as error:
        return _json_refusal(error)
    answer.add_etag()
    return answer.make_conditional(request)


def _json_refusal(error: LimsError) -> tuple[Response, int]:
    return jsonify(outcome=refused(error).plain, code=error.code), status_of(error)


def _clock_ms() -> int:
    """This moment, so that a device whose clock is wrong still says when."""
    return round(clock.now().timestamp() * 1000)
