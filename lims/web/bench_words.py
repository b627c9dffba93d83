"""The few words the bench's scripts say themselves, in the language of the page; everything else comes with the server's answers."""

from lims.custody.vocabulary import EventType
from lims.web.languages import in_both
from lims.web.messages import _, later
from lims.web.words import event_word

_TITLES = {
    "again": later("Already scanned"),
    "put-away": later("Putting away"),
    "take-out": later("Taking out"),
    "move": later("Moving"),
    "look": later("Looking"),
    "done": later("Done"),
    "left": later("Left"),
    "nothing-to-undo": later("Nothing to undo"),
    "no-question": later("No question is open"),
    "not-here": later("Not on this page"),
    "no-network": later("No network"),
    "signed-out": later("Signed out"),
    "box-first": later("Scan the box first"),
    "full": later("Box is full"),
    "taken": later("Hole is taken"),
    "here-already": later("Already in this box"),
    "elsewhere": later("Recorded elsewhere"),
    "kept": later("Not moved"),
    "where-to": later("Where to?"),
    "no-tube": later("No tube"),
    "into": later("Into"),
    "kept-here": later("Kept on this tablet"),
    "not-known-here": later("Not known here"),
    "as-kept": later("As this tablet knows it"),
    "hole-first": later("Scan a hole first"),
    "undo-later": later("Not sent yet"),
    "no-camera": later("No camera"),
    "no-cable": later("No scanner on the cable"),
}
"""Shown in both languages."""

_SENTENCES = {
    "again": later("The same code came twice. Nothing to do."),
    "put-away": later("Scan the box, then each tube."),
    "put-away-here": later("Scan the tubes; each goes to the hole shown."),
    "take-out": later("Scan each tube you take out. Its hole is kept."),
    "move": later("Scan what you move, then where it goes."),
    "look": later("Scan a tube, a box or a card."),
    "done": later("Recorded in this work: {count}."),
    "left": later("Nothing more is recorded. What was recorded stays."),
    "nothing-to-undo": later("Nothing was done here since you came to the bench."),
    "no-question": later("Scan on."),
    "not-here": later("This card is not used at the bench. Scan on."),
    "no-network": later("This tablet has not loaded it. Scan it again when the network is back."),
    "signed-out": later("Sign in again; what was recorded stays."),
    "box-first": later("{tube} has no hole of its own. Scan the box it goes into."),
    "full": later("{box} has no free hole. Scan another box."),
    "taken": later("{hole} of {box} is taken. Scan another hole."),
    "here-already": later("It is in {hole}. Scan the next tube."),
    "elsewhere": later("It is recorded in {place}. Is it in your hand? YES puts it into {hole}."),
    "kept": later("It is left where it is recorded: {place}."),
    "where-to": later("Scan where {thing} goes: a box or hole for a tube, a rack, shelf or freezer for a box."),
    "no-tube": later("Scan a tube, or a box."),
    "hole-for": later("Scan the tube that goes into {hole}."),
    "kept-here": later("No network. Keep scanning; scans kept on this tablet: {count}."),
    "not-known-here": later("No network, and this tablet has not loaded it. A tube may be put away: scan its hole first."),
    "as-kept": later("No network. So it was when {box} was loaded last."),
    "hole-first": later("No network: this tablet may not choose a hole of {box}. Scan a hole, then its tube."),
    "undo-later": later("No network. It can be undone once it is sent."),
    "no-camera": later("The camera cannot be used. Allow it in the browser, or scan."),
    "no-cable": later("Choose it once more, or scan as before."),
    "queue-online": later("Online"),
    "queue-sending": later("Scans still sending: {count}"),
    "queue-no-network": later("No network"),
    "queue-offline": later("No network; kept on this tablet: {count}"),
    "queue-signed-out": later("Signed out; kept on this tablet: {count}. Sign in again"),
    "queue-too-old": later("Load the page again; kept on this tablet: {count}"),
    "others-wait": later("Scans of {who} are kept on this tablet: {count}. They are sent when {who} signs in here."),
    "again-do": later("Do it again"),
    "by-hand": later("Done by hand"),
    "by-hand-why": later("What was done instead, and why"),
    "nothing": later("Nothing was recorded"),
    "free": later("{hole}, free"),
    "away": later("{hole}, {tube}, taken out"),
    "of-box": later("{count} of {all} holes free"),
    "no-next": later("full"),
}

_ACTS = (EventType.PLACED, EventType.MOVED, EventType.CHECKED_OUT, EventType.RETURNED, EventType.CORRECTED)


def words_of_the_bench() -> dict[str, dict[str, list[str]] | dict[str, str]]:
    """By name: titles as (this language, the other), sentences in this one; ``{…}`` is put in by the script."""
    return {
        "titles": {name: list(in_both(message)) for name, message in _TITLES.items()},
        "sentences": {name: _(message) for name, message in _SENTENCES.items()} | {f"act-{type_}": event_word(type_) for type_ in _ACTS},
    }
