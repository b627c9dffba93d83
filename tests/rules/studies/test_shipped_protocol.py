"""The trial's own protocol file says what the trial's description says, and what is not in it is named well."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from lims.studies.protocol import Dimension, OnWithdrawal, Protocol, Side
from lims.studies.protocol_errors import UnknownCode
from lims.studies.protocol_file import NoShippedProtocol, load_protocol, shipped_protocol
from lims.studies.shipped import SHIPPED

CONTRACT_TYPES = "stool blood-edta blood-serum plasma serum pbmc whole-blood tumour-frozen tumour-ffpe tumour-rnalater dna rna"


@pytest.fixture(scope="module")
def trial() -> Protocol:
    return load_protocol(shipped_protocol("ildr-02"), "ildr-02.toml")


def test_the_study_is_known_by_its_names(trial: Protocol) -> None:
    study = trial.study

    assert (study.code, study.label_prefix, study.registry_id, trial.version) == ("ILDR-02", "ILDR02", "NCT07071103", "1.1")
    assert str(study.zone) == "Asia/Shanghai"
    assert [earlier.code for earlier in study.earlier_studies] == ["ILDR-01"]


def test_a_text_that_was_shipped_under_a_version_never_changes(trial: Protocol) -> None:
    text = hashlib.sha256(shipped_protocol("ILDR-02").encode()).hexdigest()
    assert SHIPPED[trial.study.code, trial.version] == (text,), "raise the version of the protocol, and record its text beside the others"
    assert len({sha256 for texts in SHIPPED.values() for sha256 in texts}) == sum(map(len, SHIPPED.values()))


def test_three_cohorts_have_sixteen_places_each(trial: Protocol) -> None:
    assert [(cohort.code, cohort.letter, cohort.capacity) for cohort in trial.cohorts] == [
        ("lung", "L", 16),
        ("esophageal", "E", 16),
        ("other", "O", 16),
    ]


def test_timepoints_have_the_days_of_the_description(trial: Protocol) -> None:
    days = {
        timepoint.code: (timepoint.target_day, timepoint.window and (timepoint.window.first, timepoint.window.last))
        for timepoint in trial.timepoints
    }

    assert days == {
        "SCR": (-14, (-28, -1)),
        "PRE": (-3, (-14, 0)),
        "D1": (1, (1, 2)),
        "POST": (21, (14, 28)),
        "W6": (42, (35, 49)),
        "PD": (None, None),
        "EOT": (None, None),
    }
    assert trial.get_timepoint("EOT").latest_day == 730
    assert [timepoint.order for timepoint in trial.timepoints] == list(range(7))
    assert {side: [timepoint.code for timepoint in trial.timepoints_of(side)] for side in Side} == {"pre": ["PRE"], "post": ["POST"]}


def test_the_anchor_is_the_fraction_and_the_antibody_follows_within_a_day(trial: Protocol) -> None:
    antibody = trial.get_treatment("icb")

    assert trial.anchor.kind == "ildr"
    assert (antibody.must_follow, antibody.within_hours, antibody.late_flag) == ("ildr", 24, "late-antibody")


def test_a_full_course_at_pre_and_post_leaves_44_tubes_of_2_stool_6_blood_and_2_biopsies(trial: Protocol) -> None:
    plans = [(timepoint, plan) for timepoint in ("PRE", "POST") for plan in trial.plans_at(timepoint)]

    assert sum(plan.stored_tubes_at(timepoint) for timepoint, plan in plans) == 44
    assert sum(plan.tubes for _, plan in plans if plan.specimen_type == "stool") == 2
    assert sum(plan.tubes for _, plan in plans if plan.taken_with == "venepuncture") == 6
    assert len({timepoint for timepoint, plan in plans if plan.taken_with == "biopsy"}) == 2


def test_the_trial_stores_about_three_thousand_tubes(trial: Protocol) -> None:
    a_patient = sum(plan.stored_tubes_at(timepoint) for timepoint in ("PRE", "D1", "POST", "W6") for plan in trial.plans_at(timepoint))

    assert a_patient * sum(cohort.capacity for cohort in trial.cohorts) == 2976


def test_aliquots_are_those_of_the_description(trial: Protocol) -> None:
    planned = {
        (plan.specimen_type, aliquot.specimen_type, aliquot.purpose): (aliquot.count, f"{aliquot.amount} {aliquot.unit}", aliquot.storage)
        for plan in trial.collections
        for aliquot in plan.aliquots
    }

    assert planned == {
        ("stool", "stool", "metagenomics"): (2, "200 mg", "minus-80"),
        ("stool", "stool", "metabolomics-stool"): (1, "200 mg", "minus-80"),
        ("stool", "stool", "reserve"): (1, "200 mg", "minus-80"),
        ("blood-edta", "plasma", None): (6, "0.5 mL", "minus-80"),
        ("blood-edta", "pbmc", None): (3, "5 10^6", "ln2-vapour"),
        ("blood-edta", "whole-blood", None): (2, "0.5 mL", "minus-80"),
        ("blood-serum", "serum", "reserve"): (4, "0.5 mL", "minus-80"),
    }
    assert "whole-blood" not in {aliquot.specimen_type for aliquot in trial.get_collection_plan("blood-edta").aliquots_at("POST")}


def test_assays_are_those_of_the_description(trial: Protocol) -> None:
    assays = {
        assay.code: (assay.fed_by, f"{assay.least_amount} {assay.unit}", "paired" if assay.paired else "single", assay.thaw_limit)
        for assay in trial.assays
    }

    assert assays == {
        "metagenomics": (("stool",), "150 mg", "paired", 4),
        "metabolomics-stool": (("stool",), "100 mg", "paired", 1),
        "metabolomics-plasma": (("plasma",), "200 uL", "paired", 2),
        "flow": (("pbmc",), "3 10^6", "paired", 1),
        "tumour-rna": (("tumour-frozen", "tumour-rnalater"), "5 mg", "paired", 1),
        "tumour-mif": (("tumour-ffpe",), "1 count", "paired", None),
        "germline": (("whole-blood",), "300 uL", "single", 2),
    }
    assert {assay.code for assay in trial.assays_fed_by("stool")} == {"metagenomics", "metabolomics-stool"}
    assert trial.assays_fed_by("serum") == ()


def test_every_type_of_the_contract_is_there_with_its_own_three_letters(trial: Protocol) -> None:
    assert {kind.code for kind in trial.specimen_types} == set(CONTRACT_TYPES.split())
    assert len({kind.short for kind in trial.specimen_types}) == 12
    assert trial.get_specimen_type("tumour-ffpe").dimension is Dimension.COUNT
    assert trial.get_specimen_type("tumour-frozen").dimension is Dimension.MASS


def test_tumour_is_stored_as_it_is_taken(trial: Protocol) -> None:
    undivided = {plan.specimen_type: (plan.tubes, plan.storage, plan.container) for plan in trial.collections if not plan.divided}

    assert undivided == {
        "tumour-frozen": (2, "minus-80", "cryovial"),
        "tumour-ffpe": (1, "room", "formalin"),
        "tumour-rnalater": (1, "minus-80", "rnalater"),
    }


def test_withdrawal_keeps_data_and_destroys_material(trial: Protocol) -> None:
    assert trial.consent.on_withdrawal is OnWithdrawal.KEEP_DATA_DESTROY_MATERIAL
    assert not trial.consent.demanded_before_collection


def test_few_codes_block_and_the_rest_travels_along(trial: Protocol) -> None:
    assert trial.blocking_codes == {"mislabelled", "contaminated", "consent-withdrawn"}
    assert not {"haemolysed", "antibiotics", "processed-late"} & trial.blocking_codes


def test_everything_has_a_name_in_both_languages(trial: Protocol) -> None:
    haemolysed = trial.get_nonconformance("haemolysed")

    assert (haemolysed.name_in("en"), haemolysed.name_in("zh_Hans_CN")) == ("Haemolysed", "溶血")
    assert trial.get_not_collected("refused").name_in("zh") == "受试者拒绝"


def test_amounts_are_exact(trial: Protocol) -> None:
    assert trial.get_collection_plan("blood-serum").aliquots[0].amount == Decimal("0.5")


def test_an_unknown_code_is_refused_with_the_nearest(trial: Protocol) -> None:
    with pytest.raises(UnknownCode) as caught:
        trial.get_specimen_type("tumor-frozen")

    assert caught.value.sentence == "The protocol has no specimen type 'tumor-frozen'. Did you mean tumour-frozen?"
    assert trial.find_specimen_type("tumor-frozen") is None


def test_an_unknown_code_like_no_other_is_refused_with_those_there_are(trial: Protocol) -> None:
    with pytest.raises(UnknownCode) as caught:
        trial.get_timepoint("C3D1")

    assert caught.value.sentence == "The protocol has no timepoint 'C3D1'. It has SCR, PRE, D1, POST, W6, PD, EOT."
    assert caught.value.known == ("SCR", "PRE", "D1", "POST", "W6", "PD", "EOT")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("K2-EDTA 10 mL", "k2-edta"),
        ("stool tube, no additive", "stool-tube"),
        (" SST 5 ML ", "sst"),
        ("冻存管", "cryovial"),
        ("formalin", "formalin"),
    ],
)
def test_a_container_is_known_by_any_of_its_names(trial: Protocol, word: str, code: str) -> None:
    assert trial.get_container(word).code == code


def test_a_study_without_a_shipped_file_is_named() -> None:
    for code in ("ILDR-99", "../protocol", ""):
        with pytest.raises(NoShippedProtocol):
            shipped_protocol(code)


def test_another_study_is_another_file_and_no_other_code() -> None:
    text = Path(__file__).with_name("vaccine.toml").read_text(encoding="utf-8")

    vaccine = load_protocol("\ufeff" + text.replace("\n", "\r\n"), "vaccine.toml")

    assert vaccine.anchor.kind == "vaccine"
    assert [plan.containers for plan in vaccine.collections] == [("tube", "kit")]
