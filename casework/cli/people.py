"""`casework user` and `casework token`: people with their roles, ways to sign in, and tokens for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json, print_rows, standard_input
from casework.domain.facts import Role

if TYPE_CHECKING:
    from casework.parts import Parts
    from casework.views.access.accounts import Account
    from casework.views.access.tokens import ApiToken

ROLES = ("right_holder", "intake", "reviewer", "compliance", "oversight", "engineer")
SCOPES = ("decisions:write", "cases:read", "cases:act", "intake", "reports:read", "reports:write", "samples", "admin")
MEDIA = ("text", "audio", "image", "video")

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def user() -> None:
    """People: accounts, roles, passwords, sign-in links, conflicts of interest.

    Example: casework user add ann@example.org --name "Ann" --role reviewer --language zh --link
    """


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Name that colleagues see.")
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help="May be given often.")
@click.option("--right-holder", "right_holder_id", help="Outside id of the right holder that the account acts for.")
@click.option("--language", "languages", multiple=True, help="Language that a reviewer reads, such as zh.")
@click.option("--medium", "media", type=click.Choice(MEDIA), multiple=True, help="Speciality of a reviewer.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@click.option("--link", is_flag=True, help="Make a sign-in link, valid for 24 hours.")
@as_json_option
def add_user(
    email: str,
    name: str,
    roles: tuple[str, ...],
    right_holder_id: str | None,
    languages: tuple[str, ...],
    media: tuple[str, ...],
    password_stdin: bool,
    link: bool,
    as_json: bool,
) -> None:
    """Make an account.

    Example: casework user add studio@example.org --name "The Studio" --role right_holder --right-holder rh-3 --link
    """
    with opened() as parts:
        account = parts.accounts.add(
            email,
            name,
            [Role(role) for role in roles],
            right_holder_id=right_holder_id,
            languages=languages,
            media=media,
            password=_password_from_input() if password_stdin else None,
        )
        shown = _account(account)
        if link:
            shown["link"] = _link(parts, account, hours=24, lasting=False)
    _show(shown, as_json)


@user.command("list")
@as_json_option
def list_users(as_json: bool) -> None:
    """List all accounts.

    Example: casework user list --json
    """
    with opened() as parts:
        rows = [_account(account) for account in parts.accounts.list_all()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("id", "email", "name", "roles", "active"))


@user.command("deactivate")
@click.argument("email_or_id")
def deactivate_user(email_or_id: str) -> None:
    """Shut an account out at once, with its sessions, links and tokens.

    Example: casework user deactivate ann@example.org
    """
    with opened() as parts:
        parts.accounts.deactivate(parts.accounts.find(email_or_id).id)
    click.echo("deactivated")


@user.command("password")
@click.argument("email_or_id")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
def set_password(email_or_id: str, password_stdin: bool) -> None:
    """Set a password; all sessions of the account end.

    Example: casework user password ann@example.org
    """
    with opened() as parts:
        account = parts.accounts.find(email_or_id)
        password = _password_from_input() if password_stdin else _password_asked()
        parts.accounts.set_password(account.id, password)
    click.echo("the password is set")


@user.command("link")
@click.argument("email_or_id")
@click.option("--hours", type=click.IntRange(1, 8760), default=24, show_default=True, help="How long it is valid.")
@click.option("--lasting", is_flag=True, help="May be used more than once until then.")
@as_json_option
def make_link(email_or_id: str, hours: int, lasting: bool, as_json: bool) -> None:
    """Make a sign-in link.

    Example: casework user link ann@example.org --hours 2
    """
    with opened() as parts:
        address = _link(parts, _active(parts, email_or_id), hours=hours, lasting=lasting)
    _show({"link": address}, as_json)


@user.command("conflict")
@click.argument("email_or_id")
@click.option("--right-holder", help="Outside id of a right holder.")
@click.option("--uploader", help="Outside id of an uploader.")
@as_json_option
def declare_conflict(email_or_id: str, right_holder: str | None, uploader: str | None, as_json: bool) -> None:
    """Declare a reviewer's conflict of interest: never seated on a case of that party again.

    Example: casework user conflict ann@example.org --right-holder rh-3
    """
    if (right_holder is None) == (uploader is None):
        raise click.UsageError("give either --right-holder or --uploader")
    kind, outside_id = ("rh", right_holder) if right_holder is not None else ("up", uploader or "")
    with opened() as parts:
        account = parts.accounts.find(email_or_id)
        party = parts.accounts.declare_conflict(account.id, kind=kind, outside_id=outside_id)
    _show({"account": account.id, "party": party}, as_json)


@click.group()
def token() -> None:
    """API tokens: made for an account, never doing more than its roles allow.

    Example: casework token create engine@example.org --name "engine eu1" --scope decisions:write
    """


@token.command("create")
@click.argument("email_or_id")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="May be given often.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How long it is valid.")
@as_json_option
def create_token(email_or_id: str, name: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token and print it: it is shown this once.

    Example: casework token create engine@example.org --name "engine eu1" --scope decisions:write --days 90
    """
    from casework.views.access.tokens import Scope

    with opened() as parts:
        text, made = parts.tokens.create(
            _active(parts, email_or_id), name, [Scope(scope) for scope in scopes], valid_for=timedelta(days=days)
        )
    _show({"token": text, **_token(made)}, as_json)


@token.command("list")
@click.argument("email_or_id", required=False)
@as_json_option
def list_tokens(email_or_id: str | None, as_json: bool) -> None:
    """List all tokens, or those of one account; the tokens themselves are not kept.

    Example: casework token list engine@example.org
    """
    with opened() as parts:
        account_id = None if email_or_id is None else parts.accounts.find(email_or_id).id
        rows = [_token(one) for one in parts.tokens.list_all(account_id)]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("prefix", "account", "name", "scopes", "expires_at", "revoked_at"))


@token.command("revoke")
@click.argument("prefix")
def revoke_token(prefix: str) -> None:
    """End a token at once; PREFIX is what `casework token list` shows.

    Example: casework token revoke 3f9a1c07b2d4
    """
    with opened() as parts:
        parts.tokens.revoke(prefix)
    click.echo("revoked")


def _active(parts: Parts, email_or_id: str) -> Account:
    account = parts.accounts.find(email_or_id)
    if not account.active:
        raise Fault("the account is deactivated")
    return account


def _link(parts: Parts, account: Account, *, hours: int, lasting: bool) -> str:
    made = parts.sign_in_links.create(account.id, valid_for=timedelta(hours=hours), single_use=not lasting)
    return f"{parts.settings.public_url.rstrip('/')}/sign-in/{made}"


def _password_from_input() -> str:
    return standard_input().readline().rstrip("\r\n")


def _password_asked() -> str:
    standard_input()
    asked: str = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "roles": sorted(account.roles),
        "party": account.party,
        "languages": sorted(account.languages),
        "media": sorted(account.media),
        "active": account.active,
    }


def _token(made: ApiToken) -> dict[str, Any]:
    return {
        "prefix": made.prefix,
        "account": made.account_id,
        "name": made.name,
        "scopes": sorted(made.scopes),
        "created_at": made.created_at.isoformat(),
        "expires_at": made.expires_at.isoformat(),
        "revoked_at": None if made.revoked_at is None else made.revoked_at.isoformat(),
    }


def _show(values: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name}: {'-' if shown in (None, '') else shown}")
