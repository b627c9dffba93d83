"""What may go wrong with collections and specimens."""

from collections.abc import Sequence
from datetime import date

from lims.custody.vocabulary import EventType
from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence
from lims.specimens.amounts import in_words


class UnknownSpecimen(NotFound):
    """The code names no specimen."""

    code = "specimens.unknown"

    def __init__(self, read: str, what_it_is: str | None = None) -> None:
        why = (
            f"that is a {what_it_is}, not a tube. Scan a tube."
            if what_it_is
            else "no tube has that code. Scan it again, or register it first."
        )
        super().__init__(f"Read as {in_fours(read)}: {why}")
        self.read = read


class TubeNotFilled(NotFound):
    """The code stands on a label made for a tube that nobody has filled, or never will."""

    code = "specimens.not-filled"

    def __init__(self, read: str) -> None:
        super().__init__(
            f"{in_fours(read)} is the label of a kit's tube that holds nothing. Scan it alone to see its kit, and collect it there."
        )
        self.read = read


class NotInThisState(RuleViolation):
    """The specimen is where this cannot be done to it."""

    code = "specimens.not-in-this-state"

    def __init__(self, barcode: str, state: str, act: EventType) -> None:
        done = _PAST.get(act, act.replace("_", " "))
        advice = _ADVICE.get(state, "Look at its history.")
        super().__init__(f"{in_fours(barcode)} is {state.replace('-', ' ')}: it cannot be {done} now. {advice}")
        self.barcode, self.state, self.act = barcode, state, act


_PAST = {EventType.RECEIVED: "received again", EventType.THAWED: "thawed", EventType.RETURNED: "put back"}
_ADVICE = {
    "quarantined": "Ask the coordinator to release it.",
    "depleted": "Nothing is left of it.",
    "disposed": "It was destroyed.",
    "dispatched": "It has left the house; receive it first.",
    "received": "Put it into a hole first.",
    "collected": "Receive it first.",
    "checked-out": "Put it back first.",
    "stored": "Take it out first.",
}


class NotEnough(RuleViolation):
    """More was asked for than is there."""

    code = "specimens.not-enough"

    def __init__(self, barcode: str, has: int, needs: int, unit: str) -> None:
        super().__init__(
            f"{in_words(has, unit)} is left in {in_fours(barcode)}, this needs {in_words(needs, unit)}. Take less, or another tube."
        )
        self.barcode, self.has, self.needs, self.unit = barcode, has, needs, unit


class LabelTaken(Conflict):
    """A label that another tube bears: two studies whose labels begin alike."""

    code = "specimens.label-taken"

    def __init__(self, label: str) -> None:
        super().__init__(f"{label} is the label of another study's tube. Ask the coordinator to give the studies different label prefixes.")
        self.label = label


class ConsentWithdrawn(RuleViolation):
    """From the day of withdrawal nothing of the participant is registered, printed, batched or sent."""

    code = "specimens.consent-withdrawn"

    def __init__(self, participant: str, withdrawn_on: date) -> None:
        super().__init__(
            f"{participant} withdrew consent on {withdrawn_on:%Y-%m-%d}. Take nothing more, and set aside what there is to be destroyed."
        )
        self.participant, self.withdrawn_on = participant, withdrawn_on


class ConsentMissing(RuleViolation):
    """The protocol demands consent before anything is taken."""

    code = "specimens.consent-missing"

    def __init__(self, participant: str) -> None:
        super().__init__(f"{participant} has not given consent yet. Record the consent first.")
        self.participant = participant


class ImpossibleTimes(InvalidInput):
    """A specimen handled before it was collected."""

    code = "specimens.impossible-times"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(f"{finding.where}: {finding.sentence}. Check both times." for finding in findings), tuple(findings))


class NotDerivable(RuleViolation):
    """The protocol does not make the one of the other."""

    code = "specimens.not-derivable"

    def __init__(self, wanted: str, parent_type: str) -> None:
        super().__init__(f"{wanted} is not made of {parent_type}. Check the type, or scan another parent.")
        self.wanted, self.parent_type = wanted, parent_type


class NotPoolable(RuleViolation):
    """Parents that do not belong together."""

    code = "specimens.not-poolable"

    def __init__(self, first: str, other: str, what: str) -> None:
        super().__init__(
            f"{in_fours(first)} and {in_fours(other)} differ in {what}. Only tubes of one participant, timepoint and type go into one pool."
        )
        self.first, self.other, self.what = first, other, what


class NotAPrimary(InvalidInput):
    """A type that is made in the laboratory, given as taken from the participant."""

    code = "specimens.not-a-primary"

    def __init__(self, specimen_type: str) -> None:
        super().__init__(f"{specimen_type} is made in the laboratory. Register what was taken from the participant, then divide it.")
        self.specimen_type = specimen_type


class CountOutOfRange(InvalidInput):
    """Too few or too many tubes for one act."""

    code = "specimens.count-out-of-range"

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"{count} tubes at once is not possible. Give 1 to {most}.")
        self.count = count


class CodesNotForEach(InvalidInput):
    """Codes for some of the new tubes, and not for others."""

    code = "specimens.codes-not-for-each"

    def __init__(self, codes: int, count: int) -> None:
        sentence = Sentence("%(codes)s codes were given for %(count)s tubes. Scan one for each tube, or none.", codes=codes, count=count)
        super().__init__(sentence, (Finding("barcodes", sentence),))
        self.codes, self.count = codes, count


class FlagNotGiven(InvalidInput):
    """A flag that follows from times and is never given by hand."""

    code = "specimens.flag-not-given"

    def __init__(self, flag: str) -> None:
        super().__init__(f"{flag} follows from the times by itself. Correct the time instead.")
        self.flag = flag


class CannotCorrect(InvalidInput):
    """Something that no correction may change."""

    code = "specimens.cannot-correct"

    def __init__(self, what: str, known: Sequence[str]) -> None:
        sentence = Sentence("%(what)s cannot be corrected. What can: %(known)s.", what=repr(what), known=", ".join(known))
        super().__init__(sentence, (Finding("changes", sentence),))
        self.what = what


class UnknownCollection(NotFound):
    """No collection has that number."""

    code = "specimens.unknown-collection"

    def __init__(self, collection_id: int) -> None:
        super().__init__(f"There is no collection {collection_id}. Open it from its participant's page.")
        self.collection_id = collection_id


class NothingCollected(RuleViolation):
    """The fact that nothing was collected has no times."""

    code = "specimens.nothing-collected"

    def __init__(self, collection_id: int) -> None:
        super().__init__(f"Collection {collection_id} says that nothing was collected. If something was, register it.")
        self.collection_id = collection_id


class NothingToRecord(InvalidInput):
    """Every time given stands there already, or none was given."""

    code = "specimens.nothing-to-record"

    def __init__(self, collection_id: int) -> None:
        super().__init__(f"No time of collection {collection_id} is new. Give the time that is missing or wrong.")
        self.collection_id = collection_id
