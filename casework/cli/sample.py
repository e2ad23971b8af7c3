"""`casework sample`: audit samples drawn again by anybody who has the public facts."""

from __future__ import annotations

from typing import BinaryIO

import rich_click as click

from casework.cli.terminal import Fault, print_json


@click.group()
def sample() -> None:
    """Check audit samples.

    Example: casework sample redraw --facts facts.ndjson
    """


@sample.command()
@click.option(
    "--facts", type=click.File("rb"), required=True, help="Public facts from the first one on; - reads input."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def redraw(facts: BinaryIO, as_json: bool) -> None:
    """Draw every audit sample again from public facts, without a database.

    Ends with 1 when the log does not hold the cases that its own seeds select.

    Example: casework sample redraw --facts facts.ndjson
    """
    from casework_verify.drawing import redraw as drawn_again

    try:
        found = drawn_again(line.rstrip(b"\r\n") for line in facts if line.strip())
    except ValueError as error:
        raise Fault(f"these are not the public facts of a log: {error}") from None
    if as_json:
        listed = [
            {"sample": one.sample, "cases": one.cases, "population": one.population, "faults": list(one.faults)}
            for one in found
        ]
        print_json({"samples": listed})
    else:
        for one in found:
            said = "; ".join(one.faults) or "the same cases"
            click.echo(f"{one.sample}: {one.cases:,} of {one.population:,}: {said}")
    if any(one.faults for one in found):
        raise Fault("a sample was not drawn as announced")
