"""What people decided about a match, told to whoever found it, so that what was reversed is not reported again.

A verdict speaks of one upload and one work. Where it exempts the pair, the same file, and the same upload taking no
more than people have judged, is not reported for that work again as an ordinary match; a later verdict undoes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from matching_adapter.port import Json, MatchEvidence, UploadFile
from matching_adapter.store import FingerprintStore, StoredVerdict

Outcome: TypeAlias = Literal["reversed", "partially_reversed", "upheld"]

MORE_THAN_JUDGED = Decimal("0.02")
"""A share that exceeds the judged one by more is another use: within it, engines differ from one another."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A final decision about one upload and one work; nothing in it names a person.

    `outcome` speaks of the platform's decision; `exempt`: whether the upload may be shown, so that the pair is not to
    be blocked again (a right holder's challenge can reverse a decision to publish). `share_of_upload` is what was
    judged, where it is known.
    """

    upload_sha256: str | None
    upload_id: str
    work_id: str
    outcome: Outcome
    decided_at: datetime
    exempt: bool
    share_of_upload: Decimal | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the verdict as it is sent to engines."""
        return {
            "upload_id": self.upload_id,
            "upload_sha256": self.upload_sha256,
            "work_id": self.work_id,
            "outcome": self.outcome,
            "exempt": self.exempt,
            "decided_at": self.decided_at.isoformat(),
            "share_of_upload": None if self.share_of_upload is None else format(self.share_of_upload, "f"),
        }


class VerdictReceiver(Protocol):
    """Whoever is told of verdicts; the same verdict may come twice, an older one after a later one."""

    def receive(self, verdicts: Sequence[Verdict]) -> None:
        """Take them in, durably; raises when that was not possible."""
        ...


class StoredVerdicts:
    """The verdicts that are heeded here, beside the fingerprints of the engines.

    Those of HMA too: its interface has no words for a pair.
    """

    def __init__(self, store: FingerprintStore) -> None:
        """Keep them in this store."""
        self._store = store

    def receive(self, verdicts: Sequence[Verdict]) -> None:
        """Keep the latest of each upload and work."""
        self._store.keep_verdicts(
            [
                StoredVerdict(
                    one.upload_id,
                    one.work_id,
                    one.upload_sha256,
                    one.outcome,
                    one.decided_at.timestamp(),
                    one.exempt,
                    None if one.share_of_upload is None else format(one.share_of_upload, "f"),
                )
                for one in verdicts
            ]
        )

    def exemptions(self) -> Exemptions:
        """Return the pairs that are exempt now."""
        return Exemptions(self._store.exempt_verdicts())


class Exemptions:
    """The exempt pairs, by upload and by file."""

    def __init__(self, verdicts: Iterable[StoredVerdict] = ()) -> None:
        """Take the verdicts that exempt."""
        self._of_upload: dict[tuple[str, str], StoredVerdict] = {}
        self._of_file: dict[tuple[str, str], StoredVerdict] = {}
        for one in verdicts:
            self._of_upload[one.upload_id, one.work_id] = one
            if one.sha256 is not None:
                self._of_file[one.sha256, one.work_id] = one

    def __len__(self) -> int:
        return len(self._of_upload)

    def verdict_on(self, upload: UploadFile, evidence: MatchEvidence) -> StoredVerdict | None:
        """Return the verdict by which this finding is exempt; None where it counts.

        The very file that was judged is exempt whatever an engine measures. Another file of the same upload is, as long
        as it takes no more than was judged.
        """
        same_file = self._of_file.get((upload.file.sha256, evidence.work_id))
        if same_file is not None:
            return same_file
        same_upload = self._of_upload.get((upload.upload_id, evidence.work_id))
        if same_upload is None:
            return None
        return same_upload if takes_no_more(evidence.share_of_upload, same_upload.share) else None


def takes_no_more(share: Decimal | None, judged: str | None) -> bool:
    """Say whether a share is within what was judged; where either is not known, nobody can say that it is more."""
    return share is None or judged is None or share <= Decimal(judged) + MORE_THAN_JUDGED
