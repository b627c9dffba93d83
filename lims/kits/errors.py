"""What may go wrong with kits."""

from lims.errors import Conflict, Finding, InvalidInput, NotFound, RuleViolation
from lims.ids import in_fours
from lims.sentences import Sentence


class UnknownKit(NotFound):
    """The code names no kit."""

    code = "kits.unknown"

    def __init__(self, read: str) -> None:
        super().__init__(f"Read as {in_fours(read)}: that is no kit known here. Scan the kit's sheet again, or make the kit first.")
        self.read = read


class KitClosed(RuleViolation):
    """Nothing of the kit waits to be filled any more."""

    code = "kits.closed"

    def __init__(self, kit: str, state: str) -> None:
        super().__init__(f"Kit {in_fours(kit)} is {state}: nothing of it waits to be filled. Take another kit.")
        self.kit, self.state = kit, state


class KitNotBound(InvalidInput):
    """A kit of the stock, and nobody said for whom it is used."""

    code = "kits.not-bound"

    def __init__(self, kit: str, missing: str) -> None:
        sentence = Sentence("Kit %(kit)s is of the stock. Say for which participant and timepoint it is used.", kit=in_fours(kit))
        super().__init__(sentence, (Finding(missing, sentence),))
        self.kit, self.missing = kit, missing


class KitOfAnother(RuleViolation):
    """A kit, or a tube of one, that was labelled for somebody else or for another timepoint."""

    code = "kits.of-another"

    def __init__(self, kit: str, owner: str, wanted: str) -> None:
        super().__init__(f"Kit {in_fours(kit)} is labelled for {owner}, not for {wanted}. Take the kit of {wanted}.")
        self.kit, self.owner, self.wanted_for = kit, owner, wanted


class KitOfAnotherStudy(RuleViolation):
    """A kit of the stock of another study."""

    code = "kits.of-another-study"

    def __init__(self, kit: str, study: str) -> None:
        super().__init__(f"Kit {in_fours(kit)} belongs to {study}. Take one of the participant's own study.")
        self.kit, self.study = kit, study


class NotOfThisKit(RuleViolation):
    """A code that stands on no tube of the kit."""

    code = "kits.not-of-this-kit"

    def __init__(self, read: str, kit: str) -> None:
        super().__init__(f"{in_fours(read)} is no tube of kit {in_fours(kit)}. Scan a tube of this kit, or register it without the kit.")
        self.read, self.kit = read, kit


class TubeOfAnotherType(RuleViolation):
    """A tube of a kit, labelled for another material than is filled into it."""

    code = "kits.of-another-type"

    def __init__(self, barcode: str, labelled: str, material: str) -> None:
        super().__init__(f"{in_fours(barcode)} is labelled for {labelled}, not for {material}. Scan another tube.")
        self.barcode, self.labelled_type, self.material = barcode, labelled, material


class TubeOfAnotherForm(RuleViolation):
    """A tube labelled for what is made in the laboratory, given as taken from the participant; or the other way round."""

    code = "kits.of-another-form"

    def __init__(self, barcode: str, kit: str, labelled: str) -> None:
        super().__init__(f"{in_fours(barcode)} of kit {in_fours(kit)} is labelled as {labelled}. Scan another tube.")
        self.barcode, self.kit, self.labelled = barcode, kit, labelled


class TubeVoid(RuleViolation):
    """The label of a tube that its kit was closed without."""

    code = "kits.tube-void"

    def __init__(self, barcode: str, kit: str) -> None:
        super().__init__(
            f"{in_fours(barcode)} counts no more: kit {in_fours(kit)} was closed without it. Take a new tube, and destroy this label."
        )
        self.barcode, self.kit = barcode, kit


class TubeFilledAlready(Conflict):
    """A tube of a kit is filled once."""

    code = "kits.tube-filled-already"

    def __init__(self, barcode: str, kit: str) -> None:
        super().__init__(f"{in_fours(barcode)} of kit {in_fours(kit)} is filled already. Scan another tube.")
        self.barcode, self.kit = barcode, kit


class NothingToMakeItOf(RuleViolation):
    """A tube for what is made of another, and nothing of that was collected with the kit."""

    code = "kits.nothing-to-make-it-of"

    def __init__(self, barcode: str, made_of: str) -> None:
        super().__init__(f"{in_fours(barcode)} is filled from {made_of}, and none was collected with this kit. Scan that tube too.")
        self.barcode, self.made_of = barcode, made_of


class NothingScanned(InvalidInput):
    """Collecting without a tube."""

    code = "kits.nothing-scanned"

    def __init__(self, kit: str) -> None:
        sentence = Sentence("No tube was scanned. Scan the tubes that were filled, or void the kit.")
        super().__init__(sentence, (Finding("tubes", sentence),))
        self.kit = kit


class CollectionTimeMissing(InvalidInput):
    """Tubes taken from a participant, and nobody said when."""

    code = "kits.collection-time-missing"

    def __init__(self) -> None:
        sentence = Sentence("Say when it was collected.")
        super().__init__(sentence, (Finding("collected_at", sentence),))


class KitTimepointMissing(InvalidInput):
    """A kit for a participant, and nobody said for which timepoint."""

    code = "kits.timepoint-missing"

    def __init__(self, participant: str) -> None:
        sentence = Sentence("Say for which timepoint of %(participant)s the kit is.", participant=participant)
        super().__init__(sentence, (Finding("timepoint", sentence),))
        self.participant = participant


class NothingPlanned(InvalidInput):
    """The protocol takes nothing then, or not that."""

    code = "kits.nothing-planned"

    def __init__(self, timepoint: str, specimen_type: str | None = None) -> None:
        sentence = (
            Sentence("Nothing is planned at %(timepoint)s. Choose another timepoint.", timepoint=timepoint)
            if specimen_type is None
            else Sentence(
                "%(specimen_type)s is not planned at %(timepoint)s. Leave it out.", specimen_type=specimen_type, timepoint=timepoint
            )
        )
        super().__init__(sentence, (Finding("timepoint" if specimen_type is None else "specimen_types", sentence),))
        self.timepoint, self.specimen_type = timepoint, specimen_type


class KitCountOutOfRange(InvalidInput):
    """Too few or too many kits for one act."""

    code = "kits.count-out-of-range"

    def __init__(self, count: int, most: int) -> None:
        sentence = Sentence("%(count)s kits at once is not possible. Make 1 to %(most)s.", count=count, most=most)
        super().__init__(sentence, (Finding("count", sentence),))
        self.count, self.most = count, most
