"""The door for machines: JSON under ``/api/v1``, one file per room."""

from flask import Flask

from lims.api.audits import audits
from lims.api.batches import batches
from lims.api.collections import collections
from lims.api.containers import containers
from lims.api.custody_events import custody_events
from lims.api.frame import Blueprint, authenticate
from lims.api.kits import kits
from lims.api.labels import labels
from lims.api.manifests import manifests
from lims.api.openapi import docs, new_api
from lims.api.pairs import pairs
from lims.api.participants import participants
from lims.api.people import people
from lims.api.pick_lists import pick_lists
from lims.api.printers import printers
from lims.api.printing import printing
from lims.api.problems import problem_response
from lims.api.rack_scans import rack_scans
from lims.api.scans import scans
from lims.api.specimens import specimens
from lims.api.temperatures import temperatures
from lims.api.times import times
from lims.http_context import Door, open_door

ROOMS: tuple[Blueprint, ...] = (
    participants,
    collections,
    kits,
    times,
    specimens,
    custody_events,
    scans,
    containers,
    audits,
    pick_lists,
    rack_scans,
    temperatures,
    pairs,
    batches,
    manifests,
    labels,
    printing,
    printers,
    people,
)
"""In the order in which they are described."""


def register(app: Flask) -> None:
    """Open this door."""
    api = new_api(app)
    for room in ROOMS:
        api.register_blueprint(room)
    app.register_blueprint(docs)
    open_door(app, Door("/api/", authenticate, problem_response))
