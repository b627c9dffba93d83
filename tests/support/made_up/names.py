"""What a made-up request may name, and where: as schemathesis is told it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.made_up.laboratory import Api, Furniture, ago

SHARE = 0.8
"""How often a name is one of a thing that is there."""

NAMES = {
    "tubes": (
        "body.barcode",
        "body.barcodes[*]",
        "body.codes[*]",
        "body.specimens[*]",
        "body.parents[*]",
        "body.tube_code",
        "body.tubes[*].barcode",
    ),
    "things": ("path.barcode", "body.container", "body.parent", "query.container", "query.parent", "body.query.container"),
    "boxes": ("body.into",),
    "people": ("path.participant", "query.participant", "body.participant", "body.query.participant", "body.select.participants[*]"),
    "batches": ("path.code", "body.batch"),
    "manifests": ("path.number",),
    "users": ("path.username",),
    "collections": ("path.collection_id",),
    "scans": ("path.scan_id",),
    "excursions": ("path.excursion_id",),
    "jobs": ("path.job_id",),
    "printers": ("path.name", "query.printer", "body.printer"),
    "templates": ("body.template", "body.stock"),
    "lines": ("body.line",),
    "holes": ("body.position", "body.tubes[*].position", "body.kept[*]"),
    "timepoints": ("query.timepoint", "body.timepoint", "body.query.timepoint"),
    "types": ("query.specimen_type", "body.specimen_type", "body.specimen_types[*]", "body.holds[*]", "body.query.specimen_type"),
    "cohorts": ("query.cohort", "body.cohort", "body.select.cohort"),
    "assays": ("query.assay", "body.assay", "body.purpose"),
    "units": ("body.unit", "body.tubes[*].unit"),
    "containers": ("body.type",),
    "zones": ("query.zone",),
    "moments": ("body.occurred_at", "body.collected_at", "body.received_at", "body.at", "query.since", "query.until"),
    "days": ("body.enrolled_on", "body.on"),
}
"""By kind of thing, where a request names one."""

NAMES_AT = {
    "/audits/.+/(accept|abandon)$": {"audits_to_end": ("path.code",)},
    "/pick-lists/.+/(done|cancel)$": {"pick_lists_to_end": ("path.code",)},
    "/kits/.+/void$": {"kits_to_end": ("path.barcode",)},
    "/jobs/.+/cancel$": {"jobs_to_end": ("path.job_id",)},
    "/printers/.+/retire$": {"printers_to_end": ("path.name",)},
    "/excursions/.+/close$": {"excursions_to_end": ("path.excursion_id",)},
    "/audits/": {"audits": ("path.code",), "tubes": ("body.code",)},
    "/pick-lists/": {"pick_lists": ("path.code",)},
    "/kits/": {"kits": ("path.barcode",), "kit_tubes": ("body.tubes[*].barcode",)},
    "/containers/.+/temperature": {"freezers": ("path.barcode",)},
    "/containers/.+/": {"places": ("path.barcode",)},
    "/scans/.code": {"things": ("path.code",)},
    "/nonconformances": {"faults": ("body.code",)},
    "/proof": {"tubes": ("body.code",)},
    "/treatments": {"treatments": ("body.kind",)},
}
"""The same where an address means another kind of thing by a name, or does it with some of them only; the first that fits is the one."""


def known(api: Api, made: Furniture) -> dict[str, list[Any]]:
    """What is there, by kind."""
    tubes, batches = api.items("/specimens?limit=200"), api.items("/batches")
    barcodes = [*made.tubes, *[tube["barcode"] for tube in tubes][::8]]
    boxes = {tube["location"]["container"] for tube in tubes if tube["location"]} | {made.rack}
    places = boxes | {one["barcode"] for one in api.items("/containers")}
    return {
        "tubes": barcodes,
        "things": [*barcodes[:10], *sorted(places), made.kits[0]["barcode"]],
        "places": [made.rack, made.freezer, *sorted(places)],
        "boxes": sorted(boxes),
        "freezers": [made.freezer],
        "people": [person["code"] for person in api.items("/participants")],
        "batches": [batch["code"] for batch in batches] or ["MG-2026-01"],
        "manifests": [each["number"] for batch in batches for each in api.items(f"/batches/{batch['code']}/manifests")] or ["M-000001"],
        "users": ["technician", "core"],
        **_open_and_to_end("audits", made.audits),
        **_open_and_to_end("pick_lists", made.lists),
        **_open_and_to_end("kits", [kit["barcode"] for kit in made.kits]),
        **_open_and_to_end("jobs", made.jobs),
        **_open_and_to_end("printers", made.printers),
        **_open_and_to_end("excursions", made.excursions),
        "kit_tubes": [tube["barcode"] for kit in made.kits for tube in kit["tubes"]],
        "collections": [made.collection],
        "scans": list(made.scans),
        "templates": [each["name"] for each in api.items("/labels/templates")],
        "moments": [ago(hours=3), ago(minutes=20), "2026-11-02T10:00:00+08:00"],
        **WORDS,
    }


def _open_and_to_end(kind: str, things: Sequence[Any]) -> dict[str, list[Any]]:
    """All but the last stay open, lest an act that ends things leave nothing to the others."""
    return {kind: list(things[:-1]), f"{kind}_to_end": [things[-1]]}


WORDS: dict[str, list[Any]] = {
    "lines": [1, 2, 3, 4, 5, 6],
    "holes": ["A1", "A2", "A12", "H12"],
    "timepoints": ["PRE", "POST"],
    "types": ["stool", "plasma", "pbmc", "dna"],
    "cohorts": ["lung", "esophageal"],
    "assays": ["metagenomics", "germline"],
    "units": ["mg", "g", "uL", "count"],
    "containers": ["box-9x9", "rack-96", "freezer", "rack"],
    "faults": ["haemolysed"],
    "treatments": ["ildr", "icb"],
    "zones": ["Asia/Shanghai", "UTC"],
    "days": ["2026-11-01"],
}


def as_told(names: dict[str, list[Any]]) -> str:
    """As schemathesis reads it: words, and where to use them."""
    words = [f"{kind} = {{ values = {json.dumps(values)} }}" for kind, values in names.items()]
    lines = ["[dictionaries]", *words, "[parameters]", *_places(NAMES)]
    for address, named in NAMES_AT.items():
        lines += ["[[operations]]", f"include-path-regex = {json.dumps(address)}", "[operations.parameters]", *_places(named)]
    return "\n".join(lines)


def _places(named: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f'"{place}" = {{ dictionary = "{kind}", probability = {SHARE} }}' for kind, places in named.items() for place in places]
