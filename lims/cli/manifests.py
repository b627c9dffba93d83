"""``lims manifest``: the sequencing core's client. Over HTTP, with the checksum verified."""

import hashlib
import json
import os
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import click

from lims.cli.writing import write_whole

TIMEOUT_S = 60


@click.group()
def manifest() -> None:
    """Manifests."""


@manifest.command()
@click.argument("batch")
@click.option("--format", "format_", type=click.Choice(["csv", "json", "xlsx"]), default="csv", show_default=True)
@click.option("--url", envvar="LIMS_URL", default="http://127.0.0.1:8000", show_default=True, help="The service; also LIMS_URL.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def pull(batch: str, format_: str, url: str, out: Path) -> None:
    """Fetch BATCH's newest manifest into a file. The token stands in LIMS_TOKEN; nothing is kept whose checksum does not fit."""
    token = os.environ.get("LIMS_TOKEN", "")
    if not token:
        raise click.ClickException("LIMS_TOKEN is not set. Issue a token (lims token issue) and set it.")
    base = url.rstrip("/") + "/api/v1"
    listed = json.loads(_get(f"{base}/batches/{quote(batch, safe='')}", token)[0])
    if not listed["manifests"]:
        raise click.ClickException(f"{batch} has no manifest yet. Ask the coordinator to issue one.")
    number = listed["manifests"][-1]["number"]
    content, checksum = _get(f"{base}/manifests/{quote(number, safe='')}?format={format_}", token)
    found = hashlib.sha256(content).hexdigest()
    if checksum != found:
        raise click.ClickException(f"{number} arrived damaged: its checksum is {found}, {checksum or 'none'} was announced. Pull it again.")
    write_whole(out, content)
    click.echo(f"{number} -> {out}, SHA-256 {found}", err=True)


def _get(address: str, token: str) -> tuple[bytes, str]:
    """What is there, and the checksum its ETag announces."""
    if not address.startswith(("http://", "https://")):
        raise click.ClickException(f"{address} is no address of a service. Give --url http(s)://…")
    request = Request(address, headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            return answer.read(), (answer.headers.get("ETag") or "").removeprefix("W/").strip('"')
    except HTTPError as error:
        raise click.ClickException(_sentence(error)) from error
    except (URLError, TimeoutError, OSError) as error:
        raise click.ClickException(f"{address} does not answer ({getattr(error, 'reason', error)}). Check LIMS_URL.") from error


def _sentence(error: HTTPError) -> str:
    try:
        problem = json.loads(error.read())
        return str(problem.get("detail") or problem.get("title") or error)
    except ValueError:
        return f"The service answered {error.code}."
