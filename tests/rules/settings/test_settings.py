"""Settings: what each variable may say, and one line that names the one that cannot be used."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lims.settings import SHORTEST_KEY, BadSetting, read_settings, resource_dir

BAD = [
    ("LIMS_DATABASE_URL", "mysql://localhost/lims"),
    ("LIMS_DATABASE_URL", "lims.db"),
    ("LIMS_DATABASE_URL", "sqlite://"),
    ("LIMS_DATABASE_URL", "sqlite:///"),
    ("LIMS_DATABASE_URL", "sqlite:///:memory:"),
    ("LIMS_DATABASE_URL", "postgresql://localhost:many/lims"),
    ("LIMS_DATABASE_URL", "postgresql://localhost"),
    ("LIMS_SECRET_KEY", "short"),
    ("LIMS_SECURE_COOKIES", "maybe"),
    ("LIMS_PROXY_HOPS", "-1"),
    ("LIMS_PROXY_HOPS", "6"),
    ("LIMS_PROXY_HOPS", "１"),
    ("LIMS_PROXY_HOPS", "9" * 5000),
    ("LIMS_SESSION_IDLE_MINUTES", "0"),
    ("LIMS_SESSION_HOURS", "1.5"),
    ("LIMS_PRINTER_HOSTS", "10.1.2.300"),
    ("LIMS_PRINTER_HOSTS", "zebra.lab, 10.0.0.0/33"),
    ("LIMS_PRINTER_HOSTS", "http://zebra.lab"),
    ("LIMS_PRINTER_HOSTS", "zebra lab"),
    ("LIMS_PRINT_WORKER", "sometimes"),
]


def test_without_a_word_the_data_lie_in_var_and_the_database_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings({})
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'lims.db'}"
    assert (settings.secure_cookies, settings.proxy_hops, settings.trusted_hosts) == (False, 0, ())


def test_every_variable_is_read(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "LIMS_DATA_DIR": str(tmp_path),
            "LIMS_DATABASE_URL": "postgresql://ann@db/lims",
            "LIMS_SECRET_KEY": "k" * SHORTEST_KEY,
            "LIMS_SECURE_COOKIES": " Yes ",
            "LIMS_PROXY_HOPS": "1",
            "LIMS_TRUSTED_HOSTS": "lims.example, bench.example,",
            "LIMS_SESSION_IDLE_MINUTES": "30",
            "LIMS_SESSION_HOURS": "8",
            "LIMS_PRINTER_HOSTS": "zebra1.lab, 10.1.2.7,10.1.3.0/24, fd00::/64,",
            "LIMS_PRINT_WORKER": "no",
        }
    )
    assert settings.database_url == "postgresql+psycopg://ann@db/lims"
    assert settings.secret_key == b"k" * SHORTEST_KEY
    assert (settings.secure_cookies, settings.proxy_hops, settings.session_idle_minutes, settings.session_hours) == (True, 1, 30, 8)
    assert settings.trusted_hosts == ("lims.example", "bench.example")
    assert settings.printer_hosts == ("zebra1.lab", "10.1.2.7", "10.1.3.0/24", "fd00::/64")
    assert settings.print_worker is False


@pytest.mark.parametrize(("variable", "value"), BAD, ids=range(len(BAD)))
def test_a_value_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"LIMS_DATA_DIR": str(tmp_path), variable: value})
    assert refused.value.variable == variable
    assert str(refused.value).startswith(f"{variable}: ")
    assert "\n" not in str(refused.value)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    environment = {"LIMS_DATA_DIR": str(tmp_path / "new")}
    first = read_settings(environment).secret_key
    assert len(first) >= SHORTEST_KEY
    assert read_settings(environment).secret_key == first
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        environment = {"LIMS_DATA_DIR": str(tmp_path / str(attempt))}
        with ThreadPoolExecutor(8) as threads:
            keys = set(threads.map(lambda _: read_settings(environment).secret_key, range(8)))  # noqa: B023  # awaited within the loop
        assert len(keys) == 1


def test_a_damaged_key_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(BadSetting, match=r"secret\.key is damaged"):
        read_settings({"LIMS_DATA_DIR": str(tmp_path)})


def test_a_data_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="LIMS_DATA_DIR"):
        read_settings({"LIMS_DATA_DIR": str(tmp_path / "file" / "below")})


def test_what_travels_with_the_service_is_found() -> None:
    assert (resource_dir("migrations") / "env.py").is_file()
