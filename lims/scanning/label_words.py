"""What is said of a label that was scanned and counts no more: why, since when, and what to do. Pure decisions."""

from lims.printing.vocabulary import VoidReason
from lims.scanning.vocabulary import VoidLabel
from lims.sentences import Sentence
from lims.specimens.vocabulary import Remark


def on_void_label(label: VoidLabel) -> Remark:
    """The warning at the scan of such a label. What it is on is not in doubt: any label finds its tube."""
    return Remark(f"label-{label.why}", _sentence(label))


def _sentence(label: VoidLabel) -> Sentence:
    facts = {"on": label.on, "copy": label.successor}
    if label.why is VoidReason.UNUSED:
        return Sentence("This label counts no more since %(on)s: its kit was used without it. Destroy it.", on=label.on)
    if label.successor is None:
        return Sentence("This label counts no more since %(on)s. Destroy it, and print another for the tube.", on=label.on)
    if not label.successor_out:
        return Sentence("This label was replaced on %(on)s by copy %(copy)s, which is not printed yet. Use the tube.", **facts)
    match label.why:
        case VoidReason.JAM:
            return Sentence(
                "This label was spoilt in a jam on %(on)s, and copy %(copy)s was printed. Use the tube; destroy this label.",
                **facts,
            )
        case VoidReason.INTERRUPTED:
            return Sentence(
                "The printing of this label was interrupted on %(on)s, and copy %(copy)s was printed. Use the tube; destroy this label.",
                **facts,
            )
        case _:
            return Sentence("This label was replaced on %(on)s by copy %(copy)s. Use the tube; destroy this label.", **facts)
