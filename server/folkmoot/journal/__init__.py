"""The one way to change a meeting, and the one way to learn of it."""

from folkmoot.journal.answers import (
    Accepted,
    Answer,
    ClientStamp,
    Duplicate,
    Refused,
    Resend,
)
from folkmoot.journal.doorbell import Doorbell, LocalDoorbell
from folkmoot.journal.failures import JournalClosed, NoSuchMeeting, SubmitFailed
from folkmoot.journal.journal import Journal
from folkmoot.journal.views import (
    Change,
    CreatedMeeting,
    Page,
    RoomStanding,
    Snapshot,
    Standing,
)

__all__ = [
    "Accepted",
    "Answer",
    "Change",
    "ClientStamp",
    "CreatedMeeting",
    "Doorbell",
    "Duplicate",
    "Journal",
    "JournalClosed",
    "LocalDoorbell",
    "NoSuchMeeting",
    "Page",
    "Refused",
    "Resend",
    "RoomStanding",
    "Snapshot",
    "Standing",
    "SubmitFailed",
]
