"""Settings: the environment variables the service reads, each with its default, checked once at the start."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lims.errors import InvalidInput

_CHECKOUT = Path(__file__).resolve().parent.parent
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
    return given


def _secret_key(given: str, data_dir: Path) -> bytes:
    if given:
        if len(given.encode()) < 32:
            raise BadSetting("LIMS_SECRET_KEY", "give at least 32 bytes.")
        return given.encode()
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_hex(32))
        return path.read_bytes()
    except OSError as error:
        raise BadSetting("LIMS_DATA_DIR", f"{data_dir} cannot be written ({error.strerror}).") from error


def _write_once(path: Path, text: str) -> None:
    """Two processes may start at once: the first one's key is the key."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


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
    if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
        raise BadSetting(variable, f"give a whole number from {least} to {most}.")
    return int(given)
