"""Who takes part in the demonstration; nobody here is a real person, and every address is one that cannot exist."""

from __future__ import annotations

from dataclasses import dataclass

from casework.domain.facts import Role
from casework.views.access.accounts import Account, Accounts


@dataclass(frozen=True, slots=True)
class Cast:
    """The accounts of the demonstration, by what they do."""

    engineer: Account
    compliance: tuple[Account, Account]
    intake: Account
    oversight: Account
    reviewers: tuple[Account, ...]
    right_holders: dict[str, Account]


def make_people(accounts: Accounts) -> Cast:
    """One engineer, two compliance officers, as publishing takes both, intake, oversight, reviewers, right holders."""
    return Cast(
        engineer=accounts.add("engineer@platform.example", "Jia Bowen", [Role.ENGINEER]),
        compliance=(
            accounts.add("compliance@platform.example", "Chen Yan", [Role.COMPLIANCE]),
            accounts.add("deputy@platform.example", "Wu Fan", [Role.COMPLIANCE]),
        ),
        intake=accounts.add("intake@platform.example", "He Jing", [Role.INTAKE]),
        oversight=accounts.add("oversight@authority.example", "Ma Lin", [Role.OVERSIGHT]),
        reviewers=(
            accounts.add("li.wei@platform.example", "Li Wei", [Role.REVIEWER], languages=["zh"], media=["text"]),
            accounts.add("zhang.min@platform.example", "Zhang Min", [Role.REVIEWER], languages=["zh", "en"]),
            accounts.add(
                "sun.qi@platform.example", "Sun Qi", [Role.REVIEWER], languages=["zh"], media=["audio", "text"]
            ),
            accounts.add("s.keller@platform.example", "Sofia Keller", [Role.REVIEWER], languages=["en"]),
            accounts.add("o.haddad@platform.example", "Omar Haddad", [Role.REVIEWER], languages=["en", "zh"]),
        ),
        right_holders={
            holder: accounts.add(f"{holder}@rights.example", name, [Role.RIGHT_HOLDER], right_holder_id=holder)
            for holder, name in (
                ("rh-hedong-press", "Hedong Press"),
                ("rh-clock-lane", "Clock Lane Studio"),
                ("rh-tea-hill", "Tea Hill Books"),
                ("rh-gull-press", "Gull Press"),
                ("rh-cartwright", "A. Cartwright"),
                ("rh-river-sound", "River Sound"),
                ("rh-harbour-stage", "Harbour Stage"),
            )
        },
    )
