"""How large a file may be, and how texts are compared. Pure."""

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 2_000
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 4_000


def folded(text: str) -> str:
    """A text as it is compared: case and white space do not matter."""
    return " ".join(text.split()).casefold()
