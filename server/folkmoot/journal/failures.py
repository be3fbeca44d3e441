"""What can go wrong with a journal, apart from refusals."""

from __future__ import annotations


class NoSuchMeeting(LookupError):
    """There is no journal with this id."""


class SubmitFailed(RuntimeError):
    """The command could not be written: a fault of the server, not counted."""


class JournalClosed(RuntimeError):
    """The journal was closed while someone waited on it."""
