"""A real browser, Debian's Chromium, driven by Playwright; where it is missing its tests are counted as skipped."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

INSECURE_HOST = "bench.lab"
"""A name of this machine that the browser does not trust as it does ``127.0.0.1``: over http its pages are no secure context."""

# Nothing but the pages under test: no graphics card, no calls home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
)

# No D-Bus either: Chromium aborts when a bus that it found goes away, as it does when a test of printing ends one.
NO_BUS = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
# Keys that come before a page is first painted are heard or lost as they are by whoever uses it.
ONLY_OF_TESTS = ("--allow-pre-commit-input",)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's chromium is not installed")
    driver = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False)
    if driver.returncode != 0:
        pytest.skip(f"what drives the browser does not start: {driver.stderr.strip()}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(ARGUMENTS), ignore_default_args=list(ONLY_OF_TESTS), env={**os.environ, **NO_BUS}
        )
        yield browser
        browser.close()
