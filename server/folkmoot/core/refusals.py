"""What the rules do not allow: one exception with a lasting code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A command that the rules do not allow.

    `code` is snake_case and never renamed; `message` is a sentence for the
    person who acted; `retry_after` is in seconds where trying again helps; `data`
    says, in ids, how things stand where the actor saw them otherwise.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.data = dict(data or {})
