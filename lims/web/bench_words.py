"""The few words the bench's scripts say themselves, in the language of the page; everything else comes with the server's answers."""

from lims.web.languages import in_both
from lims.web.messages import _, later

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
    "next": later("Next hole"),
    "hole": later("Hole"),
    "stumbled": later("Something went wrong here"),
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
    "no-network": later("Nothing was recorded. Scan it again when the network is back."),
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
    "nothing": later("Nothing was recorded"),
    "free": later("{hole}, free"),
    "away": later("{hole}, {tube}, taken out"),
    "of-box": later("{count} of {all} holes free"),
    "stumbled": later("Open the page again, and look whether the last scan was recorded."),
    "no-next": later("full"),
}


def words_of_the_bench() -> dict[str, dict[str, list[str]] | dict[str, str]]:
    """By name: titles as (this language, the other), sentences in this one; ``{…}`` is put in by the script."""
    return {
        "titles": {name: list(in_both(message)) for name, message in _TITLES.items()},
        "sentences": {name: _(message) for name, message in _SENTENCES.items()},
    }
