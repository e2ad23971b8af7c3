"""Opens the application for a command: on a database that is up to date, and with the secret that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from casework.cli.terminal import Fault

if TYPE_CHECKING:
    from casework.parts import Parts
    from casework.settings import Settings


def require_database(settings: Settings, *, bring_up_to_date: bool = False) -> None:
    """Make the embedded database where there is none yet, and refuse one that is not of this build.

    ``bring_up_to_date`` migrates it instead. Raises ``Fault`` and ``DatabaseUnavailable``.
    """
    from casework.database import is_current, migrate, parse_database_url

    url = parse_database_url(settings.database_url)
    if bring_up_to_date or (url.path is not None and not url.path.exists()):
        migrate(url)
    if not is_current(url):
        raise Fault("the database is not up to date: run `casework migrate`")


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Parts]:
    """The application on the configured database, closed again at the end."""
    from casework.parts import build_parts
    from casework.settings import Settings

    settings = settings or Settings()
    require_database(settings)
    parts = build_parts(settings)
    try:
        yield parts
    finally:
        parts.close()
