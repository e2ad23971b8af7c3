"""`casework keys`: the keys that checkpoints of the log are signed with, listed, rotated, backed up and put back."""

from __future__ import annotations

import os
from pathlib import Path

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json, print_rows, standard_input

PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the passphrase; without it CASEWORK_PASSPHRASE, or a question on the terminal.",
)


@click.group()
def keys() -> None:
    """Keys that checkpoints of the log are signed with: list, rotate, back up, put back.

    Example: casework keys rotate
    """


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
def list_keys(as_json: bool) -> None:
    """List all keys, the oldest first; the first one is made if there is none yet.

    Example: casework keys list
    """
    with opened() as parts:
        parts.proofs.keys.active()
        rows = [
            {
                "key": key.verifier.text,
                "state": "active" if key.active else "retired",
                "made_at": key.made_at.isoformat(timespec="seconds"),
                "retired_at": None if key.retired_at is None else key.retired_at.isoformat(timespec="seconds"),
                "announcement": key.announcement,
            }
            for key in parts.proofs.keys.listed()
        ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("state", "made_at", "retired_at", "key"))


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="Print the new key as JSON.")
def rotate(as_json: bool) -> None:
    """Sign with a new key from now on; the old one announces it by a note, which is published.

    Example: casework keys rotate
    """
    with opened() as parts:
        made = parts.proofs.keys.rotate()
    if as_json:
        print_json({"key": made.verifier.text, "announcement": made.announcement})
    else:
        click.echo(f"new checkpoints are signed with {made.verifier.text}; the old key has announced it")


@keys.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@PASSPHRASE
def export_keys(file: Path, passphrase_file: Path | None) -> None:
    """Write all keys, private parts too, to a new FILE, sealed under a passphrase.

    Example: casework keys export log-keys.json
    """
    with opened() as parts:
        try:
            backup = parts.proofs.keys.export(_passphrase(passphrase_file, twice=True))
        except ValueError as error:
            raise Fault(str(error)) from None
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Fault(f"{file} is there already") from None
    with os.fdopen(descriptor, "wb") as written:
        written.write(backup)
    click.echo(f"wrote {file}; without the passphrase nobody can read it, you included")


@keys.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@PASSPHRASE
def import_keys(file: Path, passphrase_file: Path | None) -> None:
    """Put the keys of a backup into this database, which must not have a key of its own.

    Example: casework keys import log-keys.json
    """
    from casework.eventlog.log_keys import BackupRefused

    with opened() as parts:
        try:
            added = parts.proofs.keys.restore(file.read_bytes(), _passphrase(passphrase_file, twice=False))
        except BackupRefused as error:
            raise Fault(str(error)) from None
    click.echo(f"{added} keys put back")


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return file.read_text("utf-8").split("\n", 1)[0].rstrip("\r")
    given = os.environ.get("CASEWORK_PASSPHRASE")
    if given is not None:
        return given
    standard_input()
    asked: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice)
    return asked
