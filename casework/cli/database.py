"""`casework migrate` and `casework rebuild`: the database up to date, read models made anew from the log."""

from __future__ import annotations

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json, progress


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def migrate(as_json: bool) -> None:
    """Bring the database up to date; harmless when it already is.

    Example: CASEWORK_DATABASE_URL=postgresql://casework@db/casework casework migrate
    """
    from casework.database import is_current, parse_database_url
    from casework.database import migrate as bring_up_to_date
    from casework.settings import Settings

    url = parse_database_url(Settings().database_url)
    was_current = is_current(url)
    bring_up_to_date(url)
    if as_json:
        print_json({"database": str(url), "migrated": not was_current})
    else:
        click.echo("the database was already up to date" if was_current else "the database is up to date now")


@click.command()
@click.argument("projections", nargs=-1, metavar="[PROJECTION...]")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def rebuild(projections: tuple[str, ...], as_json: bool) -> None:
    """Make read models anew from the log, beside the live ones, then switch; without names, all of them.

    Example: casework rebuild cases
    """
    from casework.views.models.catch_up import RebuildFailed

    with opened() as parts:
        views = parts.casework.views
        unknown = sorted(set(projections) - set(views.names))
        if unknown:
            raise Fault(f"there is no projection {', '.join(unknown)}; there are {', '.join(views.names)}")
        wanted = list(dict.fromkeys(projections)) or list(views.names)
        try:
            with progress("events") as report:
                views.rebuild(wanted, report)
        except RebuildFailed as failed:
            raise Fault(f"not rebuilt, the old ones stay: {failed}") from None
    if as_json:
        print_json({"rebuilt": wanted})
    else:
        click.echo(f"rebuilt: {', '.join(wanted)}")
