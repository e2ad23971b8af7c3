"""`casework erase`: personal data of one person deleted, or the request refused; the log stays valid."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json

if TYPE_CHECKING:
    from casework.domain.erasure.state import Requests
    from casework.erasing import Erasing
    from casework.streams import Written

REASONS = ("proceedings_open", "legal_claims", "legal_duty", "not_the_person")


@click.command()
@click.argument("subject")
@click.option("--refuse", type=click.Choice(REASONS), help="Refuse the request for this reason instead.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="With --refuse: the day on which the reason ends.")
@click.option("--request", "only_request", is_flag=True, help="Only record that the person asked.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def erase(subject: str, refuse: str | None, until: Any, only_request: bool, yes: bool, as_json: bool) -> None:
    """Erase what is kept of one person: words, files, previews, accounts. Events, hashes and figures stay valid.

    SUBJECT is a pseudonym (up_... or rh_...), or the platform's own id as uploader:ID or right_holder:ID. This cannot
    be undone; backups that were made before still hold the data.

    Example: casework erase uploader:u-77
    """
    if until is not None and refuse is None:
        raise Fault("--until goes with --refuse")
    if refuse is not None and only_request:
        raise Fault("give --refuse or --request, not both")
    from casework.logs import only_warnings

    with only_warnings(), opened() as parts:
        erasing = parts.erasing
        party = erasing.party_of(subject)
        if refuse is None and not only_request and not yes:
            _ask(erasing, party)
        day = None if until is None else until.date()
        written = _do(erasing, party, refuse, day, only_request=only_request)
        kept = erasing.kept_of(party)
    _tell(written, kept, as_json=as_json)


def _ask(erasing: Erasing, party: str) -> None:
    """Nobody erases by mistake: on a terminal a question, elsewhere ``--yes``."""
    if not _on_terminal():
        raise Fault("erasing cannot be undone: repeat the command with --yes")
    kept = erasing.kept_of(party)
    if not click.confirm(f"Erase {kept:,} items of {party}? This cannot be undone", err=True):
        raise Fault("nothing was erased")


def _on_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _do(
    erasing: Erasing, party: str, refuse: str | None, until: date | None, *, only_request: bool
) -> Written[Requests]:
    from casework.domain.erasure.decisions import RefuseErasure
    from casework.domain.erasure.events import RefusalReason
    from casework.domain.facts import Actor, Role

    actor = Actor(role=Role.COMPLIANCE, id="command-line")
    if refuse is not None:
        return erasing.refuse(party, RefuseErasure(reason=RefusalReason(refuse), until=until), actor)
    return erasing.request(party, actor) if only_request else erasing.erase(party, actor)


def _tell(written: Written[Requests], kept: int, *, as_json: bool) -> None:
    found, done = written.state, bool(written.events)
    latest = found.latest
    if latest is None:
        raise Fault("nothing was recorded")
    state = "open" if latest.is_open else "erased" if latest.erased is not None else "refused"
    erased = None if latest.erased is None else latest.erased
    if as_json:
        print_json(
            {
                "party": found.party,
                "request": latest.number,
                "state": state,
                "duplicate": not done,
                "items": None if erased is None else erased.items,
                "accounts": None if erased is None else erased.accounts,
                "kept": kept,
            }
        )
    elif not done:
        click.echo(f"nothing to do: request {latest.number} of {found.party} is {state} already")
    elif erased is not None:
        click.echo(f"erased {erased.items:,} items and {erased.accounts:,} accounts of {found.party}")
    else:
        click.echo(f"request {latest.number} of {found.party} is {state}")
