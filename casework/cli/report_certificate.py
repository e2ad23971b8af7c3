"""`casework report-certificate`: a key and a certificate of one's own making, to try signed reports with."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import rich_click as click

from casework.cli.terminal import Fault, print_json


@click.command(name="report-certificate")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PKCS#12 file to write.")
@click.option("--name", help="Who signs; platform_name if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the names of the files as JSON.")
def report_certificate(out: Path, name: str | None, as_json: bool) -> None:
    """Make a key and a certificate for trials, and a file with its passphrase beside it.

    Nobody vouches for such a certificate. For publication, get one from an authority that your readers trust, and name
    it in the settings report_certificate, report_key and report_passphrase_file. Files that are there are kept.

    Example: casework report-certificate --out signing.p12
    """
    from casework.eventlog.clock import SystemClock
    from casework.reports.signing import self_made
    from casework.settings import Settings

    beside = out.with_suffix(".passphrase")
    if out.exists() or beside.exists():
        raise Fault(f"{out if out.exists() else beside} is there already and is kept")
    passphrase = secrets.token_urlsafe(24)
    made = self_made(name or Settings().platform_name, SystemClock().now(), passphrase.encode())
    out.parent.mkdir(parents=True, exist_ok=True)
    _write(beside, passphrase.encode() + b"\n")
    _write(out, made)
    if as_json:
        print_json({"certificate": str(out), "passphrase_file": str(beside)})
        return
    click.echo(f"CASEWORK_REPORT_CERTIFICATE={out}")
    click.echo(f"CASEWORK_REPORT_PASSPHRASE_FILE={beside}")


def _write(path: Path, content: bytes) -> None:
    """For the owner only, and never over a file that is there."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
