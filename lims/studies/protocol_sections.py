"""The sections of a protocol file that name things: study, cohorts, treatments, timepoints, stores, tubes, materials, flags."""

from zoneinfo import ZoneInfo

from lims.studies.protocol_tables import CODE, WORD, Form, Table
from lims.studies.protocol_words import (
    Cohort,
    ContainerKind,
    DayRange,
    Dimension,
    DoseFlag,
    EarlierStudy,
    NonconformanceCode,
    NotCollectedReason,
    Side,
    SpecimenType,
    StorageTemperature,
    StudyFacts,
    TimeOut,
    Timepoint,
    Treatment,
)

VERSION = Form(r"[0-9A-Za-z][0-9A-Za-z.-]{0,31}", "letters, digits, points and hyphens, at most 32")
LABEL_PREFIX = Form(r"[A-Z0-9]{2,12}", "2 to 12 capital letters and digits")
LETTER = Form(r"[A-Z]", "one capital letter")
SHORT = Form(r"[A-Z0-9]{3}", "three capital letters or digits")
SPREC = Form(r"[A-Z0-9]{3}", "three capital letters or digits")

FARTHEST_DAY = 36_500
LONGEST_HOURS = 8_760
LONGEST_MINUTES = 1_440
ABSOLUTE_ZERO_C, HOTTEST_C = -273, 200


def read_study(table: Table, file: Table) -> StudyFacts:
    return StudyFacts(
        code=table.text("code", CODE),
        label_prefix=table.text("label_prefix", LABEL_PREFIX),
        title=table.text("title"),
        title_zh=table.text("title_zh"),
        time_zone=_time_zone(table),
        registry_id=table.text_or_none("registry_id"),
        sponsor_number=table.text_or_none("sponsor_number"),
        phase=table.text_or_none("phase"),
        earlier_studies=file.rows("earlier_study", _read_earlier_study, needed=False),
    )


def read_cohort(table: Table) -> Cohort:
    return Cohort(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        letter=table.text("letter", LETTER),
        capacity=table.integer("capacity", least=1),
    )


def read_treatment(table: Table) -> Treatment:
    treatment = Treatment(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        anchor=table.flag("anchor"),
        must_follow=table.reference_or_none("must_follow", "treatment"),
        within_hours=table.integer_or_none("within_hours", least=1, most=LONGEST_HOURS),
        late_flag=table.reference_or_none("late_flag", "nonconformance"),
    )
    _check_treatment(table, treatment)
    return treatment


def read_timepoint(table: Table) -> Timepoint:
    timepoint = Timepoint(
        code=table.text("code", CODE),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        order=table.place,
        target_day=table.integer_or_none("target_day", least=-FARTHEST_DAY, most=FARTHEST_DAY),
        window=_window(table),
        latest_day=table.integer_or_none("latest_day", least=-FARTHEST_DAY, most=FARTHEST_DAY),
        side=table.choice_or_none("side", Side),
        before_anchor_act=table.flag("before_anchor_act"),
        flag_before=_dose_flag(table, "flag_before"),
        flag_after=_dose_flag(table, "flag_after"),
    )
    _check_timepoint(table, timepoint)
    return timepoint


def read_storage(table: Table) -> StorageTemperature:
    lowest_c = table.integer_or_none("lowest_c", least=ABSOLUTE_ZERO_C, most=HOTTEST_C, needed=True)
    highest_c = table.integer_or_none("highest_c", least=ABSOLUTE_ZERO_C, most=HOTTEST_C, needed=True)
    if lowest_c is not None and highest_c is not None and lowest_c > highest_c:
        table.fault("lowest_c", f"lowest_c of {table} is {lowest_c}, above highest_c, {highest_c}.")
    return StorageTemperature(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        lowest_c=lowest_c or 0,
        highest_c=highest_c or 0,
    )


def read_time_out(table: Table) -> TimeOut:
    return TimeOut(storage=table.reference("storage", "storage"), minutes=table.integer("minutes", least=1, most=LONGEST_MINUTES))


def read_container(table: Table) -> ContainerKind:
    return ContainerKind(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        pairs_as=table.text("pairs_as", WORD),
        also_called=table.texts("also_called", needed=False),
    )


def read_specimen_type(table: Table) -> SpecimenType:
    primary = table.flag_or_none("primary", needed=True)
    material = SpecimenType(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        short=table.text("short", SHORT),
        dimension=table.choice("dimension", Dimension),
        primary=primary is not False,
        derived_from=table.references("derived_from", "specimen_type", needed=False),
        storage=table.reference_or_none("storage", "storage"),
        sprec=table.text_or_none("sprec", SPREC),
    )
    if primary and material.derived_from:
        table.fault("derived_from", f"{table} is primary, taken from the participant; it is derived from nothing.")
    if primary is False and not table.has("derived_from"):
        table.fault(None, f"{table} is not primary and lacks derived_from.")
    if material.code in material.derived_from:
        table.fault("derived_from", f"{table} is derived from itself; an aliquot needs no derived_from.")
    return material


def read_nonconformance(table: Table) -> NonconformanceCode:
    return NonconformanceCode(
        code=table.text("code", WORD),
        name=table.text("name"),
        name_zh=table.text("name_zh"),
        blocking=table.flag("blocking"),
        computed=table.flag("computed"),
    )


def read_not_collected(table: Table) -> NotCollectedReason:
    return NotCollectedReason(code=table.text("code", WORD), name=table.text("name"), name_zh=table.text("name_zh"))


def _read_earlier_study(table: Table) -> EarlierStudy:
    return EarlierStudy(code=table.text("code", CODE), registry_id=table.text_or_none("registry_id"))


def _time_zone(table: Table) -> str:
    name = table.text("time_zone")
    try:
        ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        table.fault("time_zone", f'time_zone of {table} is "{name}", which is no time zone; write one as "Asia/Shanghai".')
    return name


def _window(table: Table) -> DayRange | None:
    days = table.integers("window")
    if days is None:
        return None
    if len(days) != 2:
        table.fault("window", f"window of {table} must be two days, the first and the last.")
        return None
    first, last = days
    if max(abs(first), abs(last)) > FARTHEST_DAY:
        table.fault("window", f"window of {table} reaches beyond a hundred years.")
        return None
    if first > last:
        table.fault("window", f"window of {table} ends on day {last}, before it begins on day {first}.")
        return None
    return DayRange(first, last)


def _dose_flag(table: Table, key: str) -> DoseFlag | None:
    inner = table.table_or_none(key)
    if inner is None:
        return None
    flag = DoseFlag(
        treatment=inner.reference("treatment", "treatment"),
        dose=inner.integer("dose", least=1),
        flag=inner.reference("flag", "nonconformance"),
    )
    inner.refuse_unknown_keys()
    return flag


def _check_treatment(table: Table, treatment: Treatment) -> None:
    if treatment.anchor and table.has("must_follow"):
        table.fault("must_follow", f"{table} is the anchor; it follows nothing.")
    if treatment.must_follow == treatment.code and treatment.code:
        table.fault("must_follow", f"{table} cannot follow itself.")
    for key in ("within_hours", "late_flag"):
        if table.has("must_follow") and not table.has(key):
            table.fault("must_follow", f"{table} must follow another, and lacks {key}.")
        if table.has(key) and not table.has("must_follow"):
            table.fault(key, f"{table} has {key}, and lacks must_follow.")


def _check_timepoint(table: Table, timepoint: Timepoint) -> None:
    window, target = timepoint.window, timepoint.target_day
    if window is not None and target is not None and target not in window:
        table.fault("target_day", f"target_day of {table} is {target}, outside its window, {window.first} to {window.last}.")
    if target is not None and not table.has("window"):
        table.fault("target_day", f"{table} has a target_day, and lacks window.")
    if timepoint.latest_day is not None and table.has("window"):
        table.fault("latest_day", f"{table} has a window, whose last day is its latest; latest_day is for unscheduled timepoints.")
    if timepoint.side is not None and not table.has("window"):
        table.fault("side", f"{table} is a side of pairs, and lacks window.")
    if timepoint.before_anchor_act and window is not None and window.last > 0:
        table.fault("window", f"{table} comes before the anchor treatment; its window cannot end on day {window.last}, after it.")
