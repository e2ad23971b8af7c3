"""The calls that Hasher-Matcher-Actioner (HMA) understands, one method each; what it answers is read elsewhere.

HMA has no authentication of its own: it belongs into a private network, and its address into the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from matching_adapter.external.hma_answers import (
    Hit,
    IndexState,
    read_added,
    read_lookup,
    read_raw_lookup,
    read_signal_lookup,
    read_status,
    read_work_id,
)
from matching_adapter.external.http_calls import Answer, CallFailed, Service, refusal_of
from matching_adapter.opening import opened
from matching_adapter.port import FileReference

_FIELDS = {"image": "photo", "video": "video"}
"""The name of the form part, which is HMA's name of the kind of content."""


@dataclass(frozen=True, slots=True)
class HmaClient:
    """Calls to one HMA. Every method raises `CallFailed`."""

    service: Service

    def lookup_file(self, file: FileReference, banks: Sequence[str]) -> tuple[Hit, ...]:
        """Have a file hashed and looked up in these banks, all of them: none may be left out by chance."""
        query = {"bypass_coinflip": "true", "banks": ",".join(banks)}
        return read_lookup(self._send_file("/m/lookup", file, query))

    def lookup_signal(self, signal: str, value: str, banks: Sequence[str]) -> tuple[Hit, ...]:
        """Look up a hash that was made here; the file stays here too."""
        query = {"signal_type": signal, "signal": value, "bypass_coinflip": "true", "banks": ",".join(banks)}
        return read_signal_lookup(self._call("GET", "/m/lookup", query), signal)

    def raw_lookup(self, signal: str, value: str, banks: Sequence[str]) -> tuple[Hit, ...]:
        """Look up a hash without regard to what is switched off."""
        query = {"signal_type": signal, "signal": value, "include_distance": "true", "banks": ",".join(banks)}
        return read_raw_lookup(self._call("GET", "/m/raw_lookup", query), signal)

    def work_of(self, bank: str, content_id: int) -> str | None:
        """Return the id of ours that a content carries; None where it carries none or is gone."""
        try:
            return read_work_id(self._call("GET", f"{_bank(bank)}/content/{content_id}"))
        except CallFailed as failure:
            if failure.code == "not_there":
                return None
            raise

    def add(self, bank: str, file: FileReference, work_id: str) -> int:
        """Put a file into a bank under our id, and return HMA's number for it."""
        metadata = json.dumps({"content_id": work_id})
        return read_added(self._send_file(f"{_bank(bank)}/content", file, {"metadata": metadata}))

    def remove(self, bank: str, content_id: int) -> None:
        """Take a content out of a bank; one that is gone already is ignored."""
        try:
            self._call("DELETE", f"{_bank(bank)}/content/{content_id}")
        except CallFailed as failure:
            if failure.code != "not_there":
                raise

    def status(self) -> Mapping[str, IndexState]:
        """Return how far each index is built."""
        return read_status(self._call("GET", "/m/index/status"))

    def _call(self, method: str, path: str, query: Mapping[str, str] | None = None) -> bytes:
        return _body(self.service.call(method, path, query=query))

    def _send_file(self, path: str, file: FileReference, query: Mapping[str, str]) -> bytes:
        try:
            with opened(file.path) as stream:
                # Neither the name of the file nor anything else that may name a person goes along.
                part = {_FIELDS[file.medium]: (f"file{_ending(file)}", stream, file.media_type)}
                return _body(self.service.call("POST", path, query=query, files=part))
        except OSError as error:
            raise CallFailed("unreadable", f"{file.name}: {error.strerror}", retryable=True) from None


def _body(answer: Answer) -> bytes:
    refusal = refusal_of(answer)
    if refusal is not None:
        raise refusal
    return answer.body


def _bank(name: str) -> str:
    return f"/c/bank/{quote(name, safe='')}"


def _ending(file: FileReference) -> str:
    """Return a file ending by content, by which HMA's decoders choose."""
    return "." + file.media_type.rpartition("/")[2].removeprefix("x-")
