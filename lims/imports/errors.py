"""What may go wrong with a file as a whole. What is wrong with a row is a finding, not an error."""

from collections.abc import Sequence

from lims.errors import Finding, InvalidInput, LimsError, NotFound
from lims.sentences import Sentence


class FileUnreadable(InvalidInput):
    """The file cannot be read as a table."""

    code = "imports.file-unreadable"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} cannot be read: {why}", (Finding("file", why, name),))
        self.name, self.why = name, why


class ColumnsMissing(InvalidInput):
    """The file lacks columns the mapping asks for."""

    code = "imports.columns-missing"

    def __init__(self, name: str, missing: Sequence[str], header: Sequence[str]) -> None:
        lacks = " and ".join(f'"{column}"' for column in missing)
        has = ", ".join(header[:30]) or "nothing"
        super().__init__(
            f"{name} has no column {lacks}. Its header is: {has}. Check the file, or write the column's name into the mapping.",
            tuple(Finding(column, Sentence("is not in the header")) for column in missing),
        )
        self.name, self.missing, self.header = name, tuple(missing), tuple(header)


class MappingFileError(InvalidInput):
    """A mapping file with faults; all of them are told at once, each with its line."""

    code = "imports.mapping-file"

    def __init__(self, name: str, lines: Sequence[tuple[int, str]]) -> None:
        faults = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
        told = " ".join(f"Line {line}: {sentence}" for line, sentence in lines)
        super().__init__(f"{name} has {faults}. {told}", tuple(Finding(f"line {line}", sentence) for line, sentence in lines))
        self.name, self.lines = name, tuple(lines)


class AnotherKind(InvalidInput):
    """A mapping for files of another kind."""

    code = "imports.another-kind"

    def __init__(self, name: str, kind: str, wanted: str) -> None:
        super().__init__(f"{name} maps {kind} files, and this is a {wanted} file. Give the mapping for it.")
        self.name, self.kind, self.wanted = name, kind, wanted


class NoShippedMapping(NotFound):
    """No mapping of that name comes with the service."""

    code = "imports.no-shipped-mapping"

    def __init__(self, name: str) -> None:
        super().__init__(f"No mapping {name!r} comes with the service. Give the path of a file.")
        self.name = name


class ImportStumbled(LimsError):
    """The service failed at a file, by a fault of its own."""

    code = "imports.stumbled"

    def __init__(self, run_id: int) -> None:
        super().__init__(f"The service failed at this file by a fault of its own. Tell an administrator: import {run_id}.")
        self.run_id = run_id


class UnknownRun(NotFound):
    """No import has that number."""

    code = "imports.unknown-run"

    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no import {run_id}. Look it up in the list of imports.")
        self.run_id = run_id
