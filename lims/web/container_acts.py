"""What is done with containers from their pages: made, moved, closed, and filled scan by scan."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lims import clock
from lims.accounts.vocabulary import Action
from lims.custody.vocabulary import Event, SubjectKind
from lims.http_context import allow, transaction
from lims.ids import in_fours, normalise_code
from lims.labels.queries import find_binding
from lims.storage.container_types import CONTAINER_TYPES
from lims.storage.containers import close_container, create_container, move_container
from lims.storage.errors import AlreadyThere
from lims.storage.queries import get_container
from lims.storage.service import place_specimen
from lims.storage.tubes import get_tube
from lims.storage.vocabulary import CloseContainer, CreateContainer, MoveContainer, PlaceSpecimen
from lims.web.acts import act
from lims.web.containers import container, new_container
from lims.web.fields import Fields
from lims.web.frame import go, tell, web
from lims.web.messages import _
from lims.web.study_here import storage_word, study_here


@web.post("/containers/new")
@allow(Action.STORE)
@act(new_container)
def make_container() -> ResponseReturnValue:
    """Make a container known."""
    fields = Fields(request.form)
    command = CreateContainer(
        type=fields.one_of("type", CONTAINER_TYPES),
        name=fields.text("name", longest=60),
        parent=fields.optional_code("parent"),
        position=fields.optional_text("position", longest=20),
        barcode=fields.optional_text("barcode", longest=80),
        temperature_c=fields.optional_signed("temperature_c", least=-196, most=60),
        study=study_here().code if request.form.get("for_study") == "yes" else None,
        holds=tuple(filter(None, (fields.optional_text("holds", longest=64),))),
    )
    fields.check()
    with transaction() as (session, actor):
        made = create_container(session, command, actor=actor, at=clock.now())
    tell("done", _("%(name)s is made. Print its label.", name=made.name), in_fours(made.barcode))
    return go(f"/containers/{made.barcode}")


@web.post("/containers/<code>/tubes")
@allow(Action.STORE)
@act(container)
def place_by_scan(code: str) -> ResponseReturnValue:
    """A tube scanned on the box's page goes into the hole chosen, or the next free one."""
    fields = Fields(request.form)
    tube, position = fields.code("tube"), fields.optional_text("position", longest=12)
    fields.check()
    command = PlaceSpecimen(specimen=tube, container=code, position=position, occurred_at=clock.now())
    with transaction() as (session, actor):
        scanned = find_binding(session, normalise_code(tube))
        if scanned is not None and scanned.kind is SubjectKind.CONTAINER:
            return go(f"/containers/{scanned.code}")
        _check_not_there_yet(session, command)
        event = place_specimen(session, command, actor=actor, at=clock.now())
    _tell_placed(event)
    return go(f"/containers/{code}?last={(event.facts['to'] or {}).get('position') or ''}")


def _check_not_there_yet(session: Session, command: PlaceSpecimen) -> None:
    """A tube read twice stays where the first reading put it.

    :raises AlreadyThere: it is in this box.
    """
    tube, box = get_tube(session, command.specimen), get_container(session, command.container)
    if command.position is None and tube.place is not None and tube.place.container_id == box.id and not tube.place.away:
        raise AlreadyThere(tube.barcode, str(tube.place))


@web.post("/containers/<code>/move")
@allow(Action.STORE)
@act(container)
def put_container(code: str) -> ResponseReturnValue:
    """Move it with all that is in it; without a place it stands on the bench."""
    fields = Fields(request.form)
    parent, position = fields.optional_code("parent"), fields.optional_text("position", longest=20)
    command = MoveContainer(
        container=code, parent=parent, position=position, occurred_at=clock.now(), reason=fields.optional_text("reason")
    )
    fields.check()
    with transaction() as (session, actor):
        move_container(session, command, actor=actor, at=clock.now())
    tell("done", _("Moved, with all that is in it."))
    return go(f"/containers/{code}")


@web.post("/containers/<code>/close")
@allow(Action.STORE)
@act(container)
def shut_container(code: str) -> ResponseReturnValue:
    """Use an empty container no more."""
    fields = Fields(request.form)
    command = CloseContainer(container=code, occurred_at=clock.now(), reason=fields.text("reason"))
    fields.check()
    with transaction() as (session, actor):
        close_container(session, command, actor=actor, at=clock.now())
    tell("done", _("Closed. Its code stays known."))
    return go("/containers")


def _tell_placed(event: Event) -> None:
    """In which hole, and whether it is cold enough there."""
    hole = event.facts["to"].get("position")
    title = _("In %(hole)s", hole=hole) if hole else _("It is in")
    if (found := event.facts.get("temperature")) is None:
        tell("ok", title, _("Scan the next tube."))
    else:
        facts = {"is_": f"{found['is_c']} °C".replace("-", "−"), "wanted": storage_word(found["wanted"])}
        tell("warn", title, _("It belongs at: %(wanted)s. This box is at %(is_)s. Move it, or go on.", **facts))
