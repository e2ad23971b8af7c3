"""Commercial signals beside an upload: what the platform says of advertising and income, and who the uploader may be.

A signal is shown to reviewers together with where it comes from. It never decides anything: not the rule, not the
outcome, and not whether a use counts as commercial, which only the platform's own statement does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

SignalKind: TypeAlias = Literal["advertising", "monetisation", "uploader_type"]

LONGEST_VALUE = 100
LONGEST_PROVENANCE = 200

IANA = "IANA root zone database"
CNNIC = "CNNIC, second-level domain categories under .cn"
NOMINET = "Nominet, second-level domains under .uk"


@dataclass(frozen=True, slots=True)
class Signal:
    """One observation: its kind, its value in one word, who says so, and when that was seen (None: not known)."""

    kind: SignalKind
    value: str
    provenance: str
    observed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.value) <= LONGEST_VALUE:
            raise ValueError(f"the value of a signal has 1 to {LONGEST_VALUE} characters")
        if not 0 < len(self.provenance) <= LONGEST_PROVENANCE:
            raise ValueError(f"the provenance of a signal has 1 to {LONGEST_PROVENANCE} characters")
        if self.observed_at is not None and self.observed_at.utcoffset() is None:
            raise ValueError("observed_at needs a time zone")

    def to_json(self) -> dict[str, str]:
        """Return the signal as the decision format writes it."""
        written = {"kind": self.kind, "value": self.value, "provenance": self.provenance}
        if self.observed_at is not None:
            written["observed_at"] = self.observed_at.isoformat()
        return written


@dataclass(frozen=True, slots=True)
class Suffix:
    """What a domain suffix says of whoever holds a name under it; `verified` when the registry checks applicants."""

    uploader_type: str
    source: str
    verified: bool


SUFFIXES: dict[str, Suffix] = {
    "edu": Suffix("education", f"{IANA}: sponsored, for accredited United States institutions", verified=True),
    "gov": Suffix("government", f"{IANA}: sponsored, for United States government bodies", verified=True),
    "mil": Suffix("military", f"{IANA}: sponsored, for the United States military", verified=True),
    "int": Suffix("government", f"{IANA}: sponsored, for bodies founded by treaty", verified=True),
    "museum": Suffix("museum", f"{IANA}: sponsored, for museums", verified=True),
    "org": Suffix("organisation", f"{IANA}: generic, open to anybody", verified=False),
    "com": Suffix("company", f"{IANA}: generic, open to anybody", verified=False),
    "biz": Suffix("company", f"{IANA}: generic, for business, hardly checked", verified=False),
    "edu.cn": Suffix("education", f"{CNNIC}: educational institutions", verified=True),
    "ac.cn": Suffix("research", f"{CNNIC}: scientific research institutions", verified=True),
    "gov.cn": Suffix("government", f"{CNNIC}: government bodies", verified=True),
    "mil.cn": Suffix("military", f"{CNNIC}: national defence bodies", verified=True),
    "org.cn": Suffix("organisation", f"{CNNIC}: non-profit organisations", verified=False),
    "com.cn": Suffix("company", f"{CNNIC}: industrial, commercial and financial enterprises", verified=False),
    "xn--zfr164b": Suffix("government", f"{IANA}: 政务, government affairs of China", verified=True),
    "xn--55qw42g": Suffix("organisation", f"{IANA}: 公益, public interest organisations of China", verified=True),
    "ac.uk": Suffix("education", f"{NOMINET}: academic institutions", verified=True),
    "sch.uk": Suffix("education", f"{NOMINET}: schools", verified=True),
    "gov.uk": Suffix("government", f"{NOMINET}: government bodies", verified=True),
    "mod.uk": Suffix("military", f"{NOMINET}: Ministry of Defence", verified=True),
    "org.uk": Suffix("organisation", f"{NOMINET}: open to anybody", verified=False),
    "co.uk": Suffix("company", f"{NOMINET}: open to anybody", verified=False),
}
"""What the registries say that a suffix is for; a suffix that is not here says nothing about its holders."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")


def plain_domain(domain: str) -> str:
    """Return a domain name in lower case and in its ASCII form, without a final dot.

    Raises:
        ValueError: when it is no domain name with two labels or more (an address of a person is none).

    """
    try:
        plain = domain.strip().removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        plain = ""
    labels = plain.split(".")
    if len(plain) > 253 or len(labels) < 2 or not all(_LABEL.match(label) for label in labels):
        raise ValueError("must be a domain name such as example.edu.cn")
    return plain


def suffix_of(domain: str) -> str | None:
    """Return the longest suffix of the table that a name lies under; None when there is none.

    Whole labels count: neither `myedu.cn` nor `edu.cn.example.net` lies under `edu.cn`, and `edu.cn` itself does not.

    Raises:
        ValueError: when it is no domain name.

    """
    labels = plain_domain(domain).split(".")
    return next((end for place in range(1, len(labels)) if (end := ".".join(labels[place:])) in SUFFIXES), None)


def signals_of(
    *,
    advertising: bool | None = None,
    monetised: bool | None = None,
    uploader_domain: str | None = None,
    given_by: str = "the platform",
    observed_at: datetime | None = None,
) -> Iterator[Signal]:
    """Yield a signal for everything that is known; the domain itself, which may name a person, is not kept.

    Raises:
        ValueError: when `uploader_domain` is no domain name.

    """
    flags: tuple[tuple[SignalKind, bool | None], ...] = (("advertising", advertising), ("monetisation", monetised))
    for kind, flag in flags:
        if flag is not None:
            yield Signal(kind, "yes" if flag else "no", f"stated by {given_by}", observed_at)
    suffix = suffix_of(uploader_domain) if uploader_domain is not None else None
    if suffix is not None:
        meaning = SUFFIXES[suffix]
        yield Signal("uploader_type", meaning.uploader_type, f"domain suffix .{suffix}: {meaning.source}", observed_at)
