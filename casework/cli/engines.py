"""`casework engines`: results of external engines that wait for a person, and verdicts that did not arrive."""

from __future__ import annotations

from uuid import UUID

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json, print_rows
from casework.discard_reasons import DiscardReason

BY = "command line"
"""Who settled what waited, where nobody has signed in."""

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def engines() -> None:
    """Engines that run elsewhere: what they sent and nobody knows, and what they could not be told.

    Example: casework engines quarantine
    """


@engines.command()
@as_json_option
def quarantine(as_json: bool) -> None:
    """List results that open no case, because nobody knows what they are about or they do not fit.

    Example: casework engines quarantine
    """
    with opened() as parts:
        waiting = parts.match_results.quarantine.waiting()
    rows = [
        {
            "id": str(one.item),
            "engine": one.engine,
            "received": one.received_at.isoformat(),
            "upload": one.upload,
            "work": one.work,
            "reason": one.reason,
        }
        for one in waiting
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("id", "engine", "received", "upload", "work", "reason"))


@engines.command()
@click.argument("item", type=click.UUID)
@as_json_option
def release(item: UUID, as_json: bool) -> None:
    """Let a result in, as things are known now. Ends with 1 when it still has to wait.

    Example: casework engines release 0190d2f4-8d6b-7c3e-9f00-5a1f0e6d7c21
    """
    from matching_adapter.external.mapping import Unfit

    with opened() as parts:
        waiting, body = parts.match_results.quarantine.find(item)
        try:
            result = parts.match_results.release(waiting, body, BY).as_json()
        except Unfit as error:
            raise Fault(f"the message does not fit the mapping: {error}") from None
    if as_json:
        print_json(result)
    elif result["status"] != "quarantined":
        click.echo(f"{result['work']}: {result['status']} {result['case_id'] or ''}".rstrip())
    if result["status"] == "quarantined":
        raise Fault(f"it still has to wait: {result['reason']}")


@engines.command()
@click.argument("item", type=click.UUID)
@click.option("--reason", type=click.Choice([one.value for one in DiscardReason]), help="Why.")
def discard(item: UUID, reason: str | None) -> None:
    """Throw a result away; for seven days it can be taken back, then its message is erased.

    Example: casework engines discard --reason trial 0190d2f4-8d6b-7c3e-9f00-5a1f0e6d7c21
    """
    with opened() as parts:
        waiting, _body = parts.match_results.quarantine.find(item)
        parts.match_results.discard(waiting, BY, None if reason is None else DiscardReason(reason))
    click.echo(f"{waiting.work}: discarded")


@engines.command()
@click.argument("item", type=click.UUID)
def restore(item: UUID) -> None:
    """Take back a result that was thrown away, while its message is still kept.

    Example: casework engines restore 0190d2f4-8d6b-7c3e-9f00-5a1f0e6d7c21
    """
    with opened() as parts:
        parts.match_results.restore(item)
    click.echo("it waits again")


@engines.command()
@as_json_option
def verdicts(as_json: bool) -> None:
    """List verdicts that an engine could not be told of for three days.

    Example: casework engines verdicts
    """
    with opened() as parts:
        parked = parts.verdicts.parked()
    rows = [
        {
            "number": one.number,
            "engine": one.engine,
            "case": str(one.case_id),
            "outcome": one.verdict.outcome,
            "since": one.first_at.isoformat(),
            "problem": one.problem,
        }
        for one in parked
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("number", "engine", "case", "outcome", "since", "problem"))


@engines.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.argument("engine")
def resend(number: int, engine: str) -> None:
    """Try a parked verdict again, for three more days.

    Example: casework engines resend 17 acr
    """
    with opened() as parts:
        parts.verdicts.resend(number, engine)
    click.echo(f"verdict {number} is sent to {engine} again")
