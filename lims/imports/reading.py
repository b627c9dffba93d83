"""Reading a file as a table, whichever of the two it is: its first bytes tell, not its name."""

from collections.abc import Iterable

from lims.imports.csv_file import read_csv
from lims.imports.errors import FileUnreadable
from lims.imports.limits import LARGEST_FILE, MOST_COLUMNS
from lims.imports.vocabulary import Sheet
from lims.imports.xlsx_file import OLD_EXCEL_MARK, ZIP_MARK, read_xlsx
from lims.sentences import Sentence


def read_sheet(content: bytes, name: str, known: Iterable[str], *, encoding: str = "utf-8", sheet: str | None = None) -> Sheet:
    """
    :param known: the columns the mapping knows, by which a CSV file's delimiter is found.
    :raises FileUnreadable: it is no table, or too large a one.
    """
    if not content:
        raise FileUnreadable(name, Sentence("it is empty."))
    if len(content) > LARGEST_FILE:
        why = Sentence(
            "it has %(size)s MB; %(most)s are allowed. Part it into several files.", size=len(content) // 2**20, most=LARGEST_FILE // 2**20
        )
        raise FileUnreadable(name, why)
    if content.startswith(OLD_EXCEL_MARK):
        why = Sentence("it is an old Excel file (XLS), or one with a password. Save it as XLSX without a password.")
        raise FileUnreadable(name, why)
    table = read_xlsx(content, name, sheet) if content.startswith(ZIP_MARK) else read_csv(content, name, known, encoding)
    if len(table.header) > MOST_COLUMNS:
        why = Sentence("its header has %(columns)s columns; %(most)s are allowed.", columns=len(table.header), most=MOST_COLUMNS)
        raise FileUnreadable(name, why)
    return table
