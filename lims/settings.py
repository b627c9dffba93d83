"""Settings: the environment variables the service reads, each with its default, checked once at the start."""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from lims.errors import InvalidInput

SHORTEST_KEY = 32
"""Bytes of the key that signs cookies."""

_CHECKOUT = Path(__file__).resolve().parent.parent
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PACKAGED = Path(__file__).resolve().parent / "_resources"


class BadSetting(InvalidInput):
    """A setting that cannot be used; the service does not start."""

    code = "settings.bad"

    def __init__(self, variable: str, why: str) -> None:
        super().__init__(f"{variable}: {why}")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told from outside. ``docs/settings.md`` has the table."""

    data_dir: Path
    database_url: str
    secret_key: bytes
    secure_cookies: bool = False
    proxy_hops: int = 0
    trusted_hosts: tuple[str, ...] = ()
    session_idle_minutes: int = 60
    session_hours: int = 12
    printer_hosts: tuple[str, ...] = ()
    print_worker: bool = True
    label_templates: Path | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; makes the data folder and its secret key on first use.

    :raises BadSetting: naming the variable, for a value that cannot be used.
    """
    data_dir = Path(environment.get("LIMS_DATA_DIR") or "var").resolve()
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(environment.get("LIMS_DATABASE_URL", ""), data_dir),
        secret_key=_secret_key(environment.get("LIMS_SECRET_KEY", ""), data_dir),
        secure_cookies=_yes_or_no(environment, "LIMS_SECURE_COOKIES", default=False),
        proxy_hops=_number(environment, "LIMS_PROXY_HOPS", default=0, least=0, most=5),
        trusted_hosts=tuple(host.strip() for host in environment.get("LIMS_TRUSTED_HOSTS", "").split(",") if host.strip()),
        session_idle_minutes=_number(environment, "LIMS_SESSION_IDLE_MINUTES", default=60, least=1, most=1440),
        session_hours=_number(environment, "LIMS_SESSION_HOURS", default=12, least=1, most=168),
        printer_hosts=_hosts(environment.get("LIMS_PRINTER_HOSTS", "")),
        print_worker=_yes_or_no(environment, "LIMS_PRINT_WORKER", default=True),
        label_templates=_folder(environment, "LIMS_LABEL_TEMPLATES"),
    )


def resource_dir(name: str) -> Path:
    """A folder that travels with the service (``migrations``, ``label_templates``): the checkout's, else the package's."""
    beside = _CHECKOUT / name
    return beside if beside.is_dir() and (_CHECKOUT / "pyproject.toml").is_file() else _PACKAGED / name


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"sqlite:///{data_dir / 'lims.db'}"
    if given.startswith(("postgresql://", "postgres://")):
        given = "postgresql+psycopg://" + given.split("://", 1)[1]
    if not given.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("LIMS_DATABASE_URL", "begin it with sqlite:/// or postgresql+psycopg://.")
    try:
        names = make_url(given).database
    except (ArgumentError, ValueError) as error:
        raise BadSetting("LIMS_DATABASE_URL", "it cannot be read as an address.") from error
    if not names or names == ":memory:":
        raise BadSetting("LIMS_DATABASE_URL", "name the database after the last slash.")
    return given


def _secret_key(given: str, data_dir: Path) -> bytes:
    if given:
        return _long_enough(given.encode(), "LIMS_SECRET_KEY", "give")
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_hex(32))
        return _long_enough(path.read_bytes(), "LIMS_DATA_DIR", f"{path} is damaged: put there")
    except OSError as error:
        raise BadSetting("LIMS_DATA_DIR", f"{data_dir} cannot be written ({error.strerror}).") from error


def _long_enough(key: bytes, variable: str, what_to_do: str) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise BadSetting(variable, f"{what_to_do} at least {SHORTEST_KEY} bytes.")
    return key


def _write_once(path: Path, text: str) -> None:
    """Two processes may start at once: the first one's key is the key, and nobody reads half of it."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for its owner alone
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        Path(beside).unlink()


def _hosts(given: str) -> tuple[str, ...]:
    """Names, addresses and networks, parted by commas."""
    listed = tuple(each.strip() for each in given.split(",") if each.strip())
    for each in listed:
        if not _HOST_NAME.fullmatch(each) or each.replace(".", "").isdigit():
            try:
                ip_network(each, strict=False)
            except ValueError as error:
                raise BadSetting("LIMS_PRINTER_HOSTS", f"{each[:80]!r} is no name, no address and no network (10.1.2.0/24).") from error
    return listed


def _folder(environment: Mapping[str, str], variable: str) -> Path | None:
    given = environment.get(variable, "").strip()
    folder = Path(given).resolve() if given and "\0" not in given else None
    if given and (folder is None or not folder.is_dir()):
        raise BadSetting(variable, f"there is no folder {given!r}.")
    return folder


def _yes_or_no(environment: Mapping[str, str], variable: str, *, default: bool) -> bool:
    given = environment.get(variable, "").strip().lower()
    if given not in {"", "yes", "no", "1", "0", "true", "false"}:
        raise BadSetting(variable, "say yes or no.")
    return default if not given else given in {"yes", "1", "true"}


def _number(
    environment: Mapping[str, str],
    variable: str,
    *,
    default: int,
    least: int,
    most: int,
) -> int:
    given = environment.get(variable, "").strip()
    if not given:
        return default
    if not given.isascii() or not given.isdigit() or len(given) > len(str(most)) or not least <= int(given) <= most:
        raise BadSetting(variable, f"give a whole number from {least} to {most}.")
    return int(given)
