"""What of a notice or counter-notice its readers get: pages, letters, API and bundles ask here, so that all agree.

The law has the platform forward them (Civil Code arts. 1195(2), 1196(2); Regulation on network communication rights
arts. 15 and 17; 17 U.S.C. s. 512(g)(2)(B)), and data protection wants no more of a person in it than is needed.

- The identity of the sender always goes along: nobody can answer a claim, or sue, without knowing whose it is.
- Contact data and address of the right holder never go to the uploader, under no regime: answers go over the platform
  (DSA art. 17(3)(b): of the notifier, the identity only, where strictly necessary; as for copyright it is).
- Contact data and address of the uploader go to the right holder in the United States only, where the law wants a copy
  of the counter-notice with address and consent to service. In China court and copyright authority ask the platform
  for them (Regulation on network communication rights arts. 13 and 25), so the right holder does not need them.
- Nothing goes along before the notice or counter-notice was accepted: an incomplete one is nobody's business yet.
- Reviewers read what the parties exchange, without contact data and address: what they decide on is the use.
"""

from __future__ import annotations

from collections.abc import Mapping

from casework.domain.case.state import CounterNotice, Notice
from casework.domain.facts import Role
from casework.domain.regimes.elements import NoticeElement

INTAKE = (Role.INTAKE, Role.COMPLIANCE)
"""Who checks notices and so reads all of them."""

REACHABLE_BY = frozenset({NoticeElement.CONTACT, NoticeElement.ADDRESS})
"""Elements that say where a person is to be reached."""

WITH_ADDRESS = frozenset({"US"})
"""Families of regimes under which the right holder gets the whole counter-notice."""

Elements = Mapping[str, str | bool]


def sees_check(role: Role, sender: Role) -> bool:
    """Whether somebody may know how the check goes: what is missing, until when, with which remarks."""
    return role is sender or role in INTAKE


def may_read(role: Role, sender: Role, sent: Notice | CounterNotice) -> bool:
    """Whether somebody may read the words: the sender and intake at once, others once it was forwarded."""
    if sees_check(role, sender):
        return True
    return role in (Role.UPLOADER, Role.RIGHT_HOLDER, Role.REVIEWER) and sent.accepted_at is not None


def readable(elements: Elements, role: Role, sender: Role, family: str | None) -> dict[str, str | bool]:
    """Of the words of a notice those that somebody may read; ``family`` is that of its regime."""
    if sees_check(role, sender) or (role is Role.RIGHT_HOLDER and family in WITH_ADDRESS):
        return dict(elements)
    return {name: said for name, said in elements.items() if name not in REACHABLE_BY}
