"""A protocol file: TOML, one section for each kind of thing, read and checked as a whole.

All faults are told at once, each with its line. The shipped files lie in ``lims/studies/protocols``.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files

from lims.errors import NotFound
from lims.studies.protocol import Protocol
from lims.studies.protocol_checks import check_protocol
from lims.studies.protocol_errors import ProtocolFileError
from lims.studies.protocol_plans import read_assay, read_collection, read_consent, read_pairs
from lims.studies.protocol_sections import (
    VERSION,
    read_cohort,
    read_container,
    read_nonconformance,
    read_not_collected,
    read_specimen_type,
    read_storage,
    read_study,
    read_time_out,
    read_timepoint,
    read_treatment,
)
from lims.studies.protocol_tables import Reading, Table, read_whole

_AT_LINE = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)


class NoShippedProtocol(NotFound):
    """No protocol file of that study travels with the service."""

    code = "studies.no-shipped-protocol"

    def __init__(self, code: str) -> None:
        super().__init__(f"No protocol file of {code!r} comes with the service. Give the path of a file.")
        self.study = code


def shipped_protocol(code: str) -> str:
    """The text of the protocol file of a study that travels with the service, by the study's code.

    :raises NoShippedProtocol: there is none.
    """
    wanted = f"{code.strip().lower()}.toml"
    for file in files("lims.studies").joinpath("protocols").iterdir():
        if file.name == wanted:
            return file.read_text(encoding="utf-8")
    raise NoShippedProtocol(code)


@functools.lru_cache(maxsize=64)
def load_protocol(text: str, name: str) -> Protocol:
    """The protocol that a file's text describes; ``name`` is what the file is called in messages. A text is read once a process.

    :raises ProtocolFileError: with every fault and its line.
    """
    values = _parsed(text, name)
    reading = Reading(text.removeprefix("\ufeff"), values)
    protocol = read_whole(Table(reading, values, ()), _read_protocol)
    check_protocol(protocol, reading)
    if faults := reading.faults():
        raise ProtocolFileError(name, faults)
    return protocol


def _parsed(text: str, name: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ProtocolFileError(name, [_toml_fault(str(error), text)]) from None
    except RecursionError:
        raise ProtocolFileError(name, [(1, "Lists or tables are nested too deeply.")]) from None
    except (ValueError, ArithmeticError):
        raise ProtocolFileError(name, [(1, "A number has too many digits.")]) from None


def _toml_fault(message: str, text: str) -> tuple[int, str]:
    found = _AT_LINE.fullmatch(message)
    line = int(found[2]) if found else text.count("\n") + 1
    return line, f"This is not TOML: {found[1] if found else message}."


def _read_protocol(file: Table) -> Protocol:
    study = file.table("study")
    version = study.text("version", VERSION)
    return Protocol(
        study=read_whole(study, lambda table: read_study(table, file)),
        version=version,
        cohorts=file.rows("cohort", read_cohort),
        treatments=file.rows("treatment", read_treatment),
        timepoints=file.rows("timepoint", read_timepoint),
        storage=file.rows("storage", read_storage),
        containers=file.rows("container", read_container),
        specimen_types=file.rows("specimen_type", read_specimen_type),
        collections=file.rows("collection", read_collection),
        assays=file.rows("assay", read_assay),
        consent=read_whole(file.table("consent"), read_consent),
        pairs=read_whole(file.table("pairs"), read_pairs),
        nonconformances=file.rows("nonconformance", read_nonconformance),
        not_collected=file.rows("not_collected", read_not_collected, needed=False),
        times_out=file.rows("time_out", read_time_out, needed=False),
    )
