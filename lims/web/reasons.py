"""Why a tube cannot be used, or a pair is not complete, in the language of the page."""

from lims.pairs.vocabulary import Reason
from lims.web.messages import _
from lims.web.study_here import assay_word, flag_word


def reason_text(reason: Reason) -> str:
    """A reason in the language of the page."""
    facts = dict(reason.facts)
    if "flag" in facts:
        facts["flag"] = flag_word(facts["flag"])
    if "assay" in facts:
        facts["assay"] = assay_word(facts["assay"])
    return _(reason.template, **facts)
