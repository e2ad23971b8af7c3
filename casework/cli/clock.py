"""`casework clock`: what time it is for Casework, and letting time pass where it is simulated."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Span(click.ParamType):  # type: ignore[type-arg]
    """A length of time such as ``90m``, ``12h`` or ``15d``."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or refuse it."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([0-9]{1,5})([mhd])", str(value).strip())
        if found is None:
            self.fail("write minutes, hours or days, such as 90m, 12h or 15d", param, ctx)
        return int(found.group(1)) * _UNITS[found.group(2)]


@click.command()
@click.option("--forward", type=Span(), help="Let so much time pass, for all processes: 90m, 12h or 15d.")
@click.option("--json", "as_json", is_flag=True, help="Print the time as JSON.")
def clock(forward: timedelta | None, as_json: bool) -> None:
    """Show the time that Casework goes by; where it is simulated, let time pass.

    Time is simulated only in a database that began with it (CASEWORK_CLOCK, or the demonstration). Deadlines that have
    come by then are fired by the worker within seconds.

    Example: casework clock --forward 15d
    """
    from casework.simulated_time import move_forward, shift_of

    with opened() as parts:
        shift = shift_of(parts.engine)
        if forward is not None:
            if shift is None:
                raise Fault("this database keeps real time, which nobody moves")
            shift = move_forward(parts.engine, forward)
    now = (datetime.now(UTC) + (shift or timedelta(0))).isoformat(timespec="seconds")
    if as_json:
        print_json({"now": now, "simulated": shift is not None})
    else:
        click.echo(f"{now} ({'simulated' if shift is not None else 'real'} time)")
