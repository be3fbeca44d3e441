"""What was promised, held against what is there; each returns what is broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.e2e.service import Service
from tests.soak.people import Ledger, Person

PAGE = 500
PART_SECONDS = 0.5
# A part, and what ffmpeg holds before it is one: a frame or two of it, and the
# rest of a burst that the encoder's line still had.
LOSS_SECONDS = PART_SECONDS + 0.5
# From an encoder being let in to its first picture on the clock.
RETURN_SECONDS = 1.0
SEAM_SECONDS = 0.1
START_SECONDS = 5.0


def read_feed(
    service: Service, slug: str, feed: str, *, token: str = ""
) -> tuple[str, list[dict[str, Any]]]:
    """Return a feed's epoch and all its entries."""
    found: list[dict[str, Any]] = []
    while True:
        status, page = service.ask(
            "GET",
            f"/api/v1/meetings/{slug}/entries"
            f"?feed={feed}&after={len(found)}&limit={PAGE}",
            token=token,
        )
        assert status == 200, page
        found += page["entries"]
        if not page["more"]:
            return page["epoch"], found


def check_gapless(feed: str, entries: Sequence[dict[str, Any]]) -> list[str]:
    """A feed counts from 1 without a gap, and its clock never goes back."""
    broken = []
    numbers = [entry["seq"] for entry in entries]
    if numbers != list(range(1, len(numbers) + 1)):
        odd = [n for n, seq in enumerate(numbers, 1) if n != seq][:3]
        broken.append(f"feed {feed}: not gapless, first at {odd}")
    times = [entry["at"] for entry in entries]
    if times != sorted(times):
        broken.append(f"feed {feed}: its clock went back")
    return broken


def check_posts(entries: Sequence[dict[str, Any]], ledger: Ledger) -> list[str]:
    """Every acknowledged post stands once, at the number that was answered."""
    broken = []
    found: dict[str, list[int]] = {}
    for entry in entries:
        if entry["kind"] == "ContributionPosted":
            text = entry["data"]["content"]["text"]
            found.setdefault(text, []).append(entry["seq"])
    for text, (feed, seq) in list(ledger.posted.items()):
        if found.get(text) != [seq] or feed != "public":
            broken.append(f"{text!r}: answered {feed} {seq}, found {found.get(text)}")
    twice = [text for text, numbers in found.items() if len(numbers) > 1]
    broken += [f"{text!r} stands {len(found[text])} times" for text in twice]
    return broken


def check_support(state: dict[str, Any], ledger: Ledger) -> list[str]:
    """Tallies say how many support now, each person counted once."""
    expected = Counter(
        contribution_id
        for (contribution_id, _), level in ledger.support.items()
        if level
    )
    shown = {
        contribution_id: contribution["support"]
        for contribution_id, contribution in state["contributions"].items()
        if contribution["support"]
    }
    if shown == dict(expected):
        return []
    wrong = {
        key: (expected[key], shown.get(key, 0))
        for key in {*expected, *shown}
        if expected[key] != shown.get(key, 0)
    }
    return [f"support: {len(wrong)} tallies wrong (expected, shown): {wrong}"[:400]]


def check_follower(person: Person, entries: Sequence[dict[str, Any]]) -> list[str]:
    """Who followed live has the feed, entry by entry."""
    feed = [(entry["seq"], entry["kind"]) for entry in entries]
    if person.entries == feed:
        return []
    return [f"{person.name} has {len(person.entries)} entries of {len(feed)}"]


def read_pieces(text: str) -> list[tuple[float, float]]:
    """Return start and end (wall clock) of each segment of a playlist that plays."""
    pieces = []
    at = duration = 0.0
    gap = False
    for line in text.splitlines():
        if found := re.match(r"#EXT-X-PROGRAM-DATE-TIME:(.+)", line):
            at = datetime.fromisoformat(found[1]).timestamp()
        elif found := re.match(r"#EXTINF:([\d.]+)", line):
            duration = float(found[1])
        elif line == "#EXT-X-GAP":
            gap = True
        elif line and not line.startswith("#"):
            if not gap:
                pieces.append((at, at + duration))
            gap = False
    return pieces


def read_arrivals(log: str) -> list[float]:
    """Return when the server let an encoder in (wall clock), by its own log."""
    return [
        datetime.fromisoformat(line.split(" ", 1)[0]).timestamp()
        for line in log.splitlines()
        if "folkmoot.media.ingest.server" in line and line.endswith(" publishes")
    ]


def check_end(
    pieces: Sequence[tuple[float, float]],
    ended: float,
    downs: Sequence[float],
    arrivals: Sequence[float],
) -> list[str]:
    """The recording goes on to the end, if an encoder was there then."""
    back = max((each for each in arrivals if each < ended), default=0.0)
    gone = max((each for each in downs if each < ended), default=0.0)
    # Its first pictures take their time through probing and the encoder.
    if not pieces or back < gone or ended - back < START_SECONDS:
        return []
    lacking = ended - pieces[-1][1]
    return [f"recording: lacks its last {lacking:.2f} s"] * (lacking > LOSS_SECONDS)


def check_holes(
    pieces: Sequence[tuple[float, float]],
    downs: Sequence[float],
    arrivals: Sequence[float],
) -> tuple[list[str], list[float], list[float]]:
    """A recording lacks a part before something broke, and the time it was broken.

    Returns what is broken, the seconds lost before each break and the seconds that
    each return took after the encoder had been let in.
    """
    broken, lost, late = [], [], []
    for (_, left), (right, _) in pairwise(pieces):
        if right < left - SEAM_SECONDS:
            broken.append(f"recording: two takes overlap by {left - right:.2f} s")
        if right - left <= SEAM_SECONDS:
            continue
        down = min(
            (d for d in downs if d < right), key=lambda d: abs(d - left), default=None
        )
        # An encoder's clock counts from its first bytes, which may be a little
        # older than the line that says it is here.
        back = max((a for a in arrivals if a < right + SEAM_SECONDS), default=None)
        if down is None or back is None:
            broken.append(f"recording: a hole of {right - left:.2f} s without a cause")
            continue
        lost.append(down - left)
        late.append(right - back)
        if down - left > LOSS_SECONDS:
            broken.append(f"recording: lacks {down - left:.2f} s before a break")
        if right - back > RETURN_SECONDS:
            broken.append(f"recording: {right - back:.2f} s after the encoder was in")
    return broken, lost, late
