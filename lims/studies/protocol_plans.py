"""The sections of a protocol file that plan work: collections with their limits and aliquots, assays, pairs, consent."""

from lims.studies.protocol_tables import CODE, WORD, Form, Table
from lims.studies.protocol_words import (
    RESERVE,
    UNIT_DIMENSIONS,
    AliquotPlan,
    Assay,
    CollectionPlan,
    ConsentPolicy,
    Milestone,
    OnWithdrawal,
    PairPolicy,
    ProcessingLimit,
)

BATCH_PREFIX = Form(r"[A-Z][A-Z0-9]{0,5}", "a capital letter and up to five capital letters or digits")

MOST_TUBES = 999
LONGEST_MINUTES = 525_600


def read_collection(table: Table) -> CollectionPlan:
    plan = CollectionPlan(
        specimen_type=table.reference("specimen_type", "specimen_type"),
        timepoints=table.references("timepoints", "timepoint"),
        containers=table.references("containers", "container"),
        tubes=table.integer("tubes", least=1, most=MOST_TUBES),
        volume=table.amount_or_none("volume"),
        unit=_unit_or_none(table),
        divided=table.flag("divided", default=True),
        storage=table.reference_or_none("storage", "storage"),
        taken_with=table.text_or_none("taken_with", WORD),
        on_ice=table.flag("on_ice"),
        limits=table.rows("limit", _read_limit, needed=False),
        aliquots=table.rows("aliquot", _read_aliquot, needed=False),
    )
    _check_collection(table, plan)
    return plan


def read_assay(table: Table) -> Assay:
    return Assay(
        code=table.text("code", CODE),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        fed_by=table.references("fed_by", "specimen_type"),
        least_amount=table.amount("least_amount"),
        unit=_unit(table),
        paired=table.flag_or_none("paired", needed=True) is not False,
        thaw_limit=table.integer_or_none("thaw_limit", least=0, most=MOST_TUBES),
        batch_prefix=table.text_or_none("batch_prefix", BATCH_PREFIX),
    )


def read_pairs(table: Table) -> PairPolicy:
    return PairPolicy(
        at_risk_days=table.integer("at_risk_days", least=0),
        at_risk_minutes=table.integer("at_risk_minutes", least=0),
        same_container=table.flag("same_container", default=True),
    )


def read_consent(table: Table) -> ConsentPolicy:
    return ConsentPolicy(
        on_withdrawal=table.choice("on_withdrawal", OnWithdrawal),
        demanded_before_collection=table.flag("demanded_before_collection"),
    )


def _read_limit(table: Table) -> ProcessingLimit:
    begins = table.choice_or_none("from", Milestone, needed=True)
    ends = table.choice_or_none("to", Milestone, needed=True)
    order = list(Milestone)
    if begins and ends and order.index(begins) >= order.index(ends):
        table.fault("to", f"{table} runs from {begins} to {ends}, which does not come after it.")
    limit = ProcessingLimit(
        from_=begins or Milestone.COLLECTED,
        to=ends or Milestone.FROZEN,
        within_minutes=table.integer_or_none("within_minutes", least=1, most=LONGEST_MINUTES),
        at_least_minutes=table.integer_or_none("at_least_minutes", least=1, most=LONGEST_MINUTES),
        late_flag=table.reference_or_none("late_flag", "nonconformance"),
        early_flag=table.reference_or_none("early_flag", "nonconformance"),
        concerns=table.references("concerns", "specimen_type", needed=False),
    )
    _check_limit(table, limit)
    return limit


def _read_aliquot(table: Table) -> AliquotPlan:
    return AliquotPlan(
        specimen_type=table.reference("specimen_type", "specimen_type"),
        count=table.integer("count", least=1, most=MOST_TUBES),
        amount=table.amount("amount"),
        unit=_unit(table),
        storage=table.reference("storage", "storage"),
        container=table.reference_or_none("container", "container"),
        purpose=table.reference_or_none("purpose", "assay", also=(RESERVE,)),
        timepoints=table.references("timepoints", "timepoint", needed=False),
    )


def _unit(table: Table) -> str:
    return _unit_or_none(table, needed=True) or ""


def _unit_or_none(table: Table, *, needed: bool = False) -> str | None:
    unit = table.text_or_none("unit", needed=needed)
    if unit is not None and unit not in UNIT_DIMENSIONS:
        table.fault("unit", f'unit of {table} is "{unit}"; it must be one of {", ".join(UNIT_DIMENSIONS)}.')
    return unit


def _check_collection(table: Table, plan: CollectionPlan) -> None:
    for key, other in (("volume", "unit"), ("unit", "volume")):
        if table.has(key) and not table.has(other):
            table.fault(key, f"{table} has {key}, and lacks {other}.")
    if plan.divided and not table.has("aliquot"):
        table.fault(None, f"{table} is divided, and plans no aliquots; write divided = false if it is stored as it is.")
    if not plan.divided and table.has("aliquot"):
        table.fault("divided", f"{table} is not divided, and plans aliquots.")
    if not plan.divided and not table.has("storage"):
        table.fault(None, f"{table} is stored as it is, and lacks storage.")


def _check_limit(table: Table, limit: ProcessingLimit) -> None:
    if not table.has("within_minutes") and not table.has("at_least_minutes"):
        table.fault(None, f"{table} lacks within_minutes or at_least_minutes.")
    if limit.within_minutes and limit.at_least_minutes and limit.at_least_minutes > limit.within_minutes:
        table.fault("at_least_minutes", f"{table} takes at least {limit.at_least_minutes} and at most {limit.within_minutes} minutes.")
    for minutes, flag in (("within_minutes", "late_flag"), ("at_least_minutes", "early_flag")):
        if table.has(minutes) and not table.has(flag):
            table.fault(minutes, f"{table} has {minutes}, and lacks {flag}.")
        if table.has(flag) and not table.has(minutes):
            table.fault(flag, f"{table} has {flag}, and lacks {minutes}.")
