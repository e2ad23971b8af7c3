"""The tables of accounts and everything that lets people and programs in; secrets are kept as hashes only."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from casework.views.models.columns import Moment

METADATA = sa.MetaData()

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("email", sa.String(320), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("party", sa.String(100)),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("media", sa.JSON, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)
CONFLICTS = sa.Table(
    "reviewer_conflicts",
    METADATA,
    sa.Column("account_id", sa.String(40), primary_key=True),
    sa.Column("party", sa.String(100), primary_key=True),
    sa.Column("declared_at", Moment, nullable=False),
)
API_TOKENS = sa.Table(
    "api_tokens",
    METADATA,
    sa.Column("prefix", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("account_id", sa.String(40), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.String(40), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
)
SIGN_IN_LINKS = sa.Table(
    "sign_in_links",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.String(40), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("single_use", sa.Boolean, nullable=False),
)
LINK_EPOCHS = sa.Table(
    "link_epochs",
    METADATA,
    sa.Column("case_id", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
)
SIGN_IN_ATTEMPTS = sa.Table(
    "sign_in_attempts",
    METADATA,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)
INSTALLATION = sa.Table(
    "installation",
    METADATA,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


def digest(secret: str) -> str:
    """What is kept of a random secret of 32 bytes: it cannot be guessed, so a plain SHA-256 of it cannot be undone."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
