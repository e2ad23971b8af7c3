"""Accounts, conflicts, tokens, and as whom a caller acts in a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from casework.domain.case.intake import case_id
from casework.domain.facts import Actor, Role
from casework.errors import Forbidden, Invalid, NotFound
from casework.views.access.accounts import Account
from casework.views.access.callers import Caller
from casework.views.access.tables import ACCOUNTS, API_TOKENS, SESSIONS, SIGN_IN_ATTEMPTS, SIGN_IN_LINKS
from casework.views.access.tokens import Scope
from tests import samples
from tests.web import Site, on_sqlite


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"email": "a b@c.de"}, "/email"),
        ({"email": "x" * 320 + "@y"}, "/email"),
        ({"name": " "}, "/name"),
        ({"roles": []}, "/roles"),
        ({"roles": [Role.UPLOADER]}, "/roles"),
        ({"roles": [Role.RIGHT_HOLDER]}, "/right_holder_id"),
        ({"right_holder_id": "rh-3"}, "/right_holder_id"),
        ({"media": ["film"]}, "/media"),
        ({"languages": ["Chinese, simplified"]}, "/languages"),
        ({"password": "short"}, "/password"),
    ],
)
def test_refuses_an_account_that_does_not_fit(sqlite_site: Site, changes: dict[str, Any], pointer: str) -> None:
    fitting: dict[str, Any] = {"email": "ann@example.org", "name": "Ann", "roles": [Role.REVIEWER]}
    with pytest.raises(Invalid) as refused:
        sqlite_site.parts.accounts.add(**{**fitting, **changes})
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_an_address_has_one_account_however_it_is_written(site: Site) -> None:
    made = site.parts.accounts.add(" Ann@Example.org ", "Ann", [Role.REVIEWER])
    assert site.parts.accounts.find("ANN@example.org") == made == site.parts.accounts.find(made.id)
    with pytest.raises(Invalid):
        site.parts.accounts.add("ann@example.org", "Another Ann", [Role.REVIEWER])


def test_no_secret_is_kept_in_the_clear(site: Site) -> None:
    account = site.account(password="a very plain password")
    session = site.parts.sessions.open(account.id)
    link = site.parts.sign_in_links.create(account.id, valid_for=timedelta(hours=1))
    token = site.token(account, Scope.CASES_READ)
    site.parts.throttle.attempt(address="192.0.2.7", email=account.email)
    with site.parts.engine.connect() as connection:
        kept = "".join(
            str(row)
            for table in (ACCOUNTS, API_TOKENS, SESSIONS, SIGN_IN_LINKS, SIGN_IN_ATTEMPTS)
            for row in connection.execute(sa.select(table))
        )
        attempts = str(connection.execute(sa.select(SIGN_IN_ATTEMPTS)).all())
    for secret in ("a very plain password", session, link, token, token.rpartition("_")[2], "192.0.2.7"):
        assert secret not in kept
    assert account.email not in attempts
    assert "$argon2id$" in kept


def test_candidates_have_conflicts_languages_media_and_load(site: Site) -> None:
    accounts = site.parts.accounts
    ann = site.account(Role.REVIEWER, languages=["ZH"], media=["video"])
    both = site.account(Role.REVIEWER, Role.RIGHT_HOLDER, right_holder_id="rh-8")
    gone = site.account(Role.REVIEWER)
    site.account(Role.COMPLIANCE)
    accounts.deactivate(gone.id)
    party = accounts.declare_conflict(ann.id, kind="rh", outside_id="rh-3")
    assert accounts.declare_conflict(ann.id, kind="rh", outside_id="rh-3") == party
    assert party == site.parts.casework.vault.pseudonym("rh", "rh-3")
    found = {one.id: one for one in accounts.candidates()}
    assert found.keys() == {ann.id, both.id}
    assert found[ann.id].conflicts == {party}
    assert found[ann.id].languages == {"zh"}
    assert found[ann.id].media == {"video"}
    assert found[ann.id].load == 0
    assert found[both.id].conflicts == {both.party}


def test_a_token_ends_when_revoked_expired_or_its_owner_is_gone(site: Site) -> None:
    engineer = site.account(Role.ENGINEER)
    callers, tokens = site.parts.callers, site.parts.tokens
    revoked, expired, good = (
        site.token(engineer, Scope.DECISIONS_WRITE, valid_for=timedelta(days=d)) for d in (9, 1, 9)
    )
    assert callers.by_bearer(good).scopes == {Scope.DECISIONS_WRITE}
    tokens.revoke(revoked)
    tokens.revoke(revoked.split("_")[1])
    site.clock.advance(timedelta(days=1))
    assert [callers.by_bearer(text).anonymous for text in (revoked, expired, good)] == [True, True, False]
    assert [token.revoked_at is None for token in tokens.list_all(engineer.id)].count(False) == 1
    site.parts.accounts.deactivate(engineer.id)
    assert callers.by_bearer(good).anonymous
    with pytest.raises(NotFound):
        tokens.revoke("none")


@pytest.mark.parametrize(
    "text", ["", "cw_", "cw__", "cw_a_b", "cw_" + "x" * 5000, "é" * 40, "\ud800", "Bearer", "a" * 46]
)
def test_nonsense_is_nobody(sqlite_site: Site, text: str) -> None:
    assert sqlite_site.parts.callers.by_bearer(text).anonymous
    assert sqlite_site.parts.callers.by_session(text).anonymous


@pytest.mark.parametrize("change", ["prefix", "secret"])
def test_a_token_with_one_character_changed_is_nobody(sqlite_site: Site, change: str) -> None:
    token = sqlite_site.token(sqlite_site.account(Role.REVIEWER), Scope.CASES_READ)
    place = 5 if change == "prefix" else -1
    letters = list(token)
    letters[place] = "0" if letters[place] != "0" else "1"
    assert sqlite_site.parts.callers.by_bearer("".join(letters)).anonymous


@on_sqlite
def test_a_token_never_does_more_than_its_owner_may(site: Site) -> None:
    reviewer = site.account(Role.REVIEWER)
    with pytest.raises(Invalid) as refused:
        site.token(reviewer, Scope.DECISIONS_WRITE, Scope.CASES_READ)
    assert [error.code for error in refused.value.errors] == ["role_missing"]
    token = site.token(reviewer, Scope.CASES_READ, Scope.CASES_ACT)
    with site.parts.engine.begin() as connection:
        connection.execute(sa.update(ACCOUNTS).where(ACCOUNTS.c.id == reviewer.id).values(roles=["oversight"]))
    assert site.parts.callers.by_bearer(token).scopes == {Scope.CASES_READ}


def test_revoking_a_link_raises_the_epoch(site: Site) -> None:
    case = uuid4()
    first = site.parts.links.token(case)
    assert site.parts.callers.by_decision_link(first) == Caller(case_id=case)
    assert [site.parts.epochs.revoke(case), site.parts.epochs.revoke(case)] == [1, 2]
    assert site.parts.epochs.present(case) == 2
    for epoch, good in ((0, False), (1, False), (2, True), (3, False)):
        link = site.parts.links.token(case, epoch)
        assert site.parts.callers.by_bearer(link).anonymous is not good
    with pytest.raises(NotFound):
        site.parts.callers.by_decision_link(first)


def acting(*roles: Role, identity: str = "ac_1", party: str | None = None) -> Caller:
    return Caller(account=Account(identity, "a@b.c", "A", frozenset(roles), party, frozenset(), frozenset(), True))


CASE = samples.case_of(samples.recorded(), samples.contested(), samples.seated(samples.ANN, samples.BEN))
OWN_LINK = Caller(case_id=case_id(CASE.decision.source, CASE.decision.decision_id))


@pytest.mark.parametrize(
    ("caller", "role", "identity"),
    [
        (OWN_LINK, Role.UPLOADER, CASE.uploader),
        (acting(Role.RIGHT_HOLDER, party=CASE.right_holder), Role.RIGHT_HOLDER, CASE.right_holder),
        (acting(Role.REVIEWER, identity=samples.ANN.id), Role.REVIEWER, samples.ANN.id),
        (acting(Role.REVIEWER, Role.COMPLIANCE, identity=samples.ANN.id), Role.REVIEWER, samples.ANN.id),
        (acting(Role.REVIEWER, Role.COMPLIANCE), Role.COMPLIANCE, "ac_1"),
        (acting(Role.INTAKE), Role.INTAKE, "ac_1"),
        (acting(Role.OVERSIGHT), Role.OVERSIGHT, "ac_1"),
        (acting(Role.ENGINEER), Role.MATCHER, "ac_1"),
    ],
)
def test_as_whom_a_caller_acts(caller: Caller, role: Role, identity: str) -> None:
    assert caller.actor_for(CASE) == Actor(role=role, id=identity)


@pytest.mark.parametrize(
    "caller",
    [
        Caller(),
        Caller(case_id=uuid4()),
        acting(Role.REVIEWER),
        acting(Role.RIGHT_HOLDER, party="another-right-holder"),
    ],
)
def test_who_has_no_part_in_a_case_does_not_learn_that_it_exists(caller: Caller) -> None:
    with pytest.raises(NotFound):
        caller.actor_for(CASE)


def test_as_whom_a_caller_acts_outside_of_cases() -> None:
    assert acting(Role.ENGINEER).actor_as(Role.MATCHER) == Actor(role=Role.MATCHER, id="ac_1")
    assert acting(Role.RIGHT_HOLDER, party="rh_x").actor_as(Role.RIGHT_HOLDER).id == "rh_x"
    for caller in (Caller(), OWN_LINK, acting(Role.REVIEWER)):
        with pytest.raises(Forbidden):
            caller.actor_as(Role.MATCHER)
