"""Declaring the platform's profile: by compliance, never back in time, so that no past decision loses its ground."""

from __future__ import annotations

from datetime import datetime

from casework.domain.facts import Actor, Command, Event, Refused, Role
from casework.domain.platform.events import PlatformProfileDeclared
from casework.domain.platform.state import Platform


class DeclareProfile(Command):
    """Declare what the platform is, from when."""

    profile: PlatformProfileDeclared


def declare_profile(platform: Platform, command: DeclareProfile, actor: Actor, now: datetime) -> tuple[Event, ...]:
    """Declare it. The very profile that was declared last changes nothing.

    Raises ``Refused``: ``effective_in_the_past`` for a profile that would take effect before now, other than the first.
    """
    if actor.role is not Role.COMPLIANCE:
        raise Refused("not_your_step")
    if platform.profiles and platform.profiles[-1] == command.profile:
        return ()
    if platform.profiles and command.profile.effective < now:
        raise Refused("effective_in_the_past")
    return (command.profile,)
