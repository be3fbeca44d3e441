"""A rehearsal is like the meeting, and leaves no trace."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.service import Publisher, Service, make_film, publish_target, wait_until

pytestmark = [pytest.mark.ffmpeg, pytest.mark.timeout(240)]

# Words of the rehearsal that stand nowhere else.
WORDS = ("quetzalcoatl", "zanzibar", "wilhelmina", "ouagadougou", "tegucigalpa")
CUES = "WEBVTT\n\n00:00:00.000 --> 00:00:09.000\nWe greet tegucigalpa.\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def film(ffmpeg_path: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(ffmpeg_path, tmp_path_factory.mktemp("film") / "film.mp4")


def begin(house: Service, slug: str, *, borrow: bool = False) -> tuple[str, str]:
    """Begin a rehearsal; return its slug and its meeting's id."""
    path = f"/api/v1/meetings/{slug}/rehearsal"
    status, made = house.ask("POST", path, {"borrow_encoders": borrow})
    assert status == 201, made
    copy = str(made["slug"])
    _, keyed = house.ask("GET", f"/api/v1/meetings/{copy}/keys")
    return copy, str(keyed["meeting_id"])


def room_of(house: Service, slug: str) -> dict[str, Any]:
    _, meeting = house.ask("GET", f"/api/v1/meetings/{slug}")
    return dict(meeting["rooms"][0])


def say(house: Service, slug: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    answer = house.command(slug, kind, data)
    assert answer["ok"], answer
    return dict(answer.get("data", {}))


def use(house: Service, copy: str) -> None:
    """Do in a rehearsal what people do in a meeting."""
    room = room_of(house, copy)["id"]
    say(house, copy, "session.propose", {"title": "On to zanzibar", "pitch": "By sea"})
    say(house, copy, "contribution.post", {"text": "quetzalcoatl is my concern"})
    say(house, copy, "marker.add", {"room_id": room, "kind": "agenda", "label": "ouagadougou"})  # fmt: skip
    _, keyed = house.ask("GET", f"/api/v1/meetings/{copy}/keys")
    status, joined = house.ask(
        "POST",
        f"/api/v1/meetings/{copy}/join",
        {"name": "Wilhelmina", "code": keyed["join_code"]},
        token=None,
    )
    assert status == 200, joined
    own = house.command(
        copy, "contribution.post", {"text": "Here as well"}, token=joined["token"]
    )
    assert own["ok"], own
    status, told = house.ask(
        "PUT",
        f"/api/v1/meetings/{copy}/rooms/{room}/transcript",
        CUES.encode(),
        media_type="text/vtt",
    )
    assert status == 200, told


def find_traces(data: Path, *words: str) -> set[tuple[str, str]]:
    """The files of a data directory that hold or are named by any of these."""
    found = set()
    for path in data.rglob("*"):
        name = str(path.relative_to(data)).casefold()
        content = path.read_bytes().lower() if path.is_file() else b""
        for word in words:
            if word in name or word.encode() in content:
                found.add((name, word))
    return found


def test_a_rehearsal_is_deleted_whole(
    house: Service, ffmpeg_path: str, film: Path
) -> None:
    made = house.make_meeting("spring", title="Spring forum", rooms=[{"name": "Hall"}])
    hall = made["rooms"][0]["id"]
    items = [{"label": "Welcome", "kind": "agenda"}]
    say(house, "spring", "marker.prepare", {"room_id": hall, "items": items})
    copy, meeting_id = begin(house, "spring", borrow=True)
    # In no list, for nobody without its code, and only once at a time.
    _, listed = house.ask("GET", "/api/v1/meetings")
    assert [m["slug"] for m in listed["meetings"]] == ["spring"]
    assert house.ask("GET", f"/api/v1/meetings/{copy}", token=None)[0] == 404
    status, told = house.ask("POST", "/api/v1/meetings/spring/rehearsal", {})
    assert (status, told["code"]) == (409, "rehearsal_runs")
    status, told = house.ask("POST", f"/api/v1/meetings/{copy}/rehearsal", {})
    assert (status, told["code"]) == (409, "is_rehearsal")
    # It can't be shown to others either; whose command was refused can go on.
    for number, visibility in enumerate(("public", "unlisted"), start=1):
        answer = house.command(
            copy, "meeting.edit", {"visibility": visibility}, client=("desk", number)
        )
        assert (answer["ok"], answer["code"]) == (False, "is_rehearsal")
    edited = {"purpose": "To try", "visibility": "private"}
    assert house.command(copy, "meeting.edit", edited, client=("desk", 3))["ok"]
    staff = house.ask("GET", f"/api/v1/meetings/{copy}/state?feed=staff")[1]["state"]
    assert "Welcome" in str(staff["prepared"])

    # The encoder of the meeting sends to the rehearsal.
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        say(house, copy, "channel.start", {"room_id": room_of(house, copy)["id"]})
        wait_until(lambda: room_of(house, copy)["connected"], seconds=20)
        assert not room_of(house, "spring")["connected"]
        use(house, copy)
        data = house.data
        media = data / "media" / meeting_id
        wait_until(lambda: len(list(media.rglob("*.m4s"))) > 2, seconds=30)
        words = (*WORDS, copy, meeting_id)
        before = {word for _, word in find_traces(data, *words)}
        assert {copy, meeting_id, "zanzibar", "wilhelmina"} <= before
        _, hits = house.ask("GET", "/api/v1/search?q=zanzibar")
        assert hits["total"] == 0

        path = f"/api/v1/meetings/{copy}/rehearsal"
        visitor = house.join("spring", "Visitor")
        assert house.ask("DELETE", path, token=visitor)[0] in {403, 404}
        status, told = house.ask("DELETE", "/api/v1/meetings/spring/rehearsal")
        assert (status, told["code"]) == (409, "not_a_rehearsal")
        assert house.ask("DELETE", path)[0] == 204
        assert house.ask("GET", f"/api/v1/meetings/{copy}")[0] == 404
        assert house.ask("DELETE", path)[0] == 404
    finally:
        publisher.stop()
    assert not media.exists()
    # The encoder comes back to the meeting, with the same key.
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        wait_until(lambda: room_of(house, "spring")["connected"], seconds=20)
    finally:
        publisher.stop()
    # Not in a byte that lies there, also of what the index and the log hold.
    assert find_traces(data, *words) == set()
    house.stop()
    assert find_traces(data, *words) == set()


def test_what_was_begun_to_be_deleted_or_is_a_day_old_goes_at_the_next_start(
    house: Service,
) -> None:
    gone = []
    for slug, change in (
        ("torn", "ending = 1"),
        ("old", "began_at = began_at - 90000000"),
        ("young", "ending = 0"),
    ):
        house.make_meeting(slug)
        copy, meeting_id = begin(house, slug)
        gone.append((slug, copy, meeting_id))
        with sqlite3.connect(house.data / "folkmoot.db") as database:
            database.execute(
                f"UPDATE rehearsals SET {change} WHERE meeting_id = ?",
                (meeting_id,),
            )
        database.close()
    house.kill()
    house.start()
    *over, (_, young, _) = gone
    for slug, copy, meeting_id in over:
        path = f"/api/v1/meetings/{copy}"
        wait_until(lambda at=path: house.ask("GET", at)[0] == 404, seconds=20)
        time.sleep(0.2)
        assert find_traces(house.data, copy, meeting_id) == set()
        assert house.ask("GET", f"/api/v1/meetings/{slug}")[0] == 200
    assert house.ask("GET", f"/api/v1/meetings/{young}")[0] == 200


def test_encoders_of_a_room_on_air_are_not_borrowed(
    house: Service, ffmpeg_path: str, film: Path
) -> None:
    made = house.make_meeting("on-air")
    path = "/api/v1/meetings/on-air/rehearsal"
    publisher = Publisher(ffmpeg_path, film, publish_target(made))
    try:
        wait_until(lambda: room_of(house, "on-air")["connected"], seconds=20)
        status, told = house.ask("POST", path, {"borrow_encoders": True})
        assert (status, told["code"]) == (409, "on_air")
    finally:
        publisher.stop()
    visitor = house.join("on-air", "Visitor")
    status, told = house.ask("POST", path, {}, token=visitor)
    assert (status, told["code"]) == (403, "not_allowed")
    assert house.ask("POST", path, {})[0] == 201
    assert re.match(r"rehearsal-\w+", begin_slug(house))


def begin_slug(house: Service) -> str:
    """The slug of a rehearsal that runs, as the page of the meeting has it."""
    _, html = house.ask("GET", "/desk/on-air/ready")
    found = re.search(rb'href="/desk/(rehearsal-\w+)"', html)
    return found[1].decode() if found else ""
