"""A tube's page costs the same whatever its history, and a sheet of labels whatever its number."""

from lims.accounts.vocabulary import Role
from lims.db import Database
from lims.specimens.vocabulary import NewTube
from tests.factories.trial import tube as new_tube
from tests.support.counting import count_statements

from .conftest import Browser, Browsers


def test_the_page_of_a_tube_costs_as_much_whatever_its_history(
    browser_of: Browsers, trial: Database, aliquots: tuple[NewTube, ...]
) -> None:
    admin = browser_of(Role.ADMIN)
    few, parent = (cost_of(trial, admin, f"/specimens/{each}") for each in (aliquots[0].barcode, parent_of(trial)))
    assert few == parent <= 12


def test_labels_cost_five_statements_whatever_their_number(technician: Browser, trial: Database) -> None:
    with trial.transaction() as session:
        codes = [new_tube(session).barcode for _ in range(12)]
    one, many = (cost_of(trial, technician, f"/labels/file.zpl?template=cryo-wrap&codes={'+'.join(some)}") for some in (codes[:1], codes))
    assert one == many <= 5


def cost_of(database: Database, browser: Browser, path: str) -> int:
    """How many statements an address sends."""
    browser.get(path)
    with count_statements(database) as cost:
        assert browser.get(path).status_code == 200
    return len(cost.statements)


def parent_of(database: Database) -> str:
    """A tube with a history: divided four times."""
    with database.read() as session:
        query = "SELECT s.barcode FROM specimen s JOIN lineage l ON l.parent_id = s.id LIMIT 1"
        return str(session.connection().exec_driver_sql(query).scalar_one())
