"""Who calls: an account by session or API token, an uploader by a decision link, or nobody; and as whom they act."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from casework.domain.case.intake import case_id
from casework.domain.case.state import Case
from casework.domain.facts import Actor, Role
from casework.errors import Forbidden, NotFound
from casework.links import DecisionLinks
from casework.views.access.accounts import Account, Accounts
from casework.views.access.links import LinkEpochs
from casework.views.access.sessions import Sessions
from casework.views.access.tokens import MARK, ApiToken, ApiTokens, Scope, scopes_of

LINK_SCOPES = frozenset({Scope.CASES_READ, Scope.CASES_ACT})
"""What a decision link is good for, on its own case alone."""

_STAFF = (Role.COMPLIANCE, Role.INTAKE, Role.OVERSIGHT)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. ``case_id`` is set for the holder of a decision link, ``token`` for an API token."""

    account: Account | None = None
    token: ApiToken | None = None
    case_id: UUID | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nothing is known of the caller."""
        return self.account is None and self.case_id is None

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the account; for a link holder, that of the uploader."""
        if self.case_id is not None:
            return frozenset({Role.UPLOADER})
        return frozenset() if self.account is None else self.account.roles

    @property
    def scopes(self) -> frozenset[Scope]:
        """What an API caller may use; empty for people at a browser."""
        if self.case_id is not None:
            return LINK_SCOPES
        if self.account is None or self.token is None:
            return frozenset()
        return scopes_of(self.token, self.account)

    def actor_for(self, case: Case) -> Actor:
        """As whom the caller acts in a case, or sees it. Raises ``NotFound`` for whoever has no part in it.

        A reviewer has a part in the cases that he or she sits on; staff and engineers see all.
        """
        if self.case_id is not None:
            if case_id(case.decision.source, case.decision.decision_id) != self.case_id:
                raise NotFound("case")
            return Actor(role=Role.UPLOADER, id=case.uploader)
        if self.account is None:
            raise NotFound("case")
        account = self.account
        if Role.RIGHT_HOLDER in account.roles and account.party == case.right_holder:
            return Actor(role=Role.RIGHT_HOLDER, id=case.right_holder)
        if Role.REVIEWER in account.roles and account.id in (*case.panel, case.re_reviewer):
            return Actor(role=Role.REVIEWER, id=account.id)
        for role in _STAFF:
            if role in account.roles:
                return Actor(role=role, id=account.id)
        if Role.ENGINEER in account.roles:
            return Actor(role=Role.MATCHER, id=account.id)
        raise NotFound("case")

    def actor_as(self, role: Role) -> Actor:
        """The caller as actor outside any case: ``matcher`` for engineers, else a role of the account.

        Raises ``Forbidden`` when the account does not have it.
        """
        needed = Role.ENGINEER if role is Role.MATCHER else role
        if self.account is None or needed not in self.account.roles:
            raise Forbidden(needed.value)
        if role is Role.RIGHT_HOLDER and self.account.party is not None:
            return Actor(role=role, id=self.account.party)
        return Actor(role=role, id=self.account.id)


NOBODY = Caller()


class Callers:
    """Finds out who calls. Every answer is looked up afresh, so that what was revoked ends at once."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        tokens: ApiTokens,
        links: DecisionLinks,
        epochs: LinkEpochs,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._links = links
        self._epochs = epochs

    def by_session(self, session_id: str) -> Caller:
        """The caller behind a session cookie; nobody when it does not count."""
        account_id = self._sessions.find(session_id)
        account = None if account_id is None else self._accounts.get(account_id)
        return NOBODY if account is None else Caller(account=account)

    def by_bearer(self, text: str) -> Caller:
        """The caller behind an API token or a decision link; nobody when it does not count."""
        if not text.startswith(MARK):
            return self._by_link(text) or NOBODY
        found = self._tokens.find(text)
        return NOBODY if found is None else Caller(account=found[1], token=found[0])

    def by_decision_link(self, text: str) -> Caller:
        """The uploader behind ``/d/<text>``. Raises ``NotFound`` when the link is false or was revoked."""
        caller = self._by_link(text)
        if caller is None:
            raise NotFound("decision page")
        return caller

    def _by_link(self, text: str) -> Caller | None:
        found = self._links.read(text)
        if found is None or self._epochs.present(found[0]) != found[1]:
            return None
        return Caller(case_id=found[0])
