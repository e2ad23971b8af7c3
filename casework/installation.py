"""What belongs to one installation for good: the secret that its database was made with, known by a check value."""

from __future__ import annotations

import hmac

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import Engine

from casework.database import writing
from casework.views.access.tables import INSTALLATION

_NAME = "key check"


class WrongSecret(Exception):
    """The secret is not the one that this database was made with: its personal data and links would be lost."""

    def __init__(self) -> None:
        super().__init__(
            "the secret is not the one that this database was made with; set CASEWORK_SECRET or CASEWORK_SECRET_FILE"
            " to the old one"
        )


def derived_key(secret: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose."""
    return HKDF(hashes.SHA256(), 32, None, f"casework {purpose} 1".encode()).derive(secret)


def has_secret(engine: Engine) -> bool:
    """Whether the database was made with a secret already."""
    return _kept(engine) is not None


def check_secret(engine: Engine, secret: bytes) -> None:
    """Compare the secret with the one of the first start, which this remembers. Raises ``WrongSecret``."""
    value = derived_key(secret, _NAME).hex()
    kept = _kept(engine)
    if kept is None:
        try:
            with writing(engine) as connection:
                connection.execute(sa.insert(INSTALLATION).values(name=_NAME, value=value))
        except sa.exc.IntegrityError:
            kept = _kept(engine)  # another process was first
        else:
            return
    if kept is None or not hmac.compare_digest(kept, value):
        raise WrongSecret


def _kept(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(sa.select(INSTALLATION.c.value).where(INSTALLATION.c.name == _NAME)).scalar()
