"""What a kill may leave of cuts, edges, vault and spool is found, said and mended."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from folkmoot.media.archive.cuts import Cut
from folkmoot.media.archive.verify import repair_room, verify_meeting
from folkmoot.media.spool import Record, measure_whole
from tests.media.publishing import make_flv
from tests.media.test_short_publications import push
from tests.media.test_webcast import PLACE, ROOM, open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg


def look(root: Path, *, repair: bool = False) -> str:
    """Everything that is wrong in the room, a line each."""
    if repair:
        public, private = (root.joinpath(each, *PLACE) for each in ("media", "private"))
        return "\n".join(repair_room(public, private))
    (room,) = verify_meeting(root / "media", root / "private", PLACE[0])
    problems = [line for take in room.takes for line in take.problems]
    return "\n".join([*problems, *room.unsound])


class Room:
    """A room's directories, and what a kill may do to them."""

    def __init__(self, root: Path) -> None:
        self.public, self.private = (
            root / each / "/".join(PLACE) for each in ("media", "private")
        )
        self.stray = self.public / "x_stray"
        self.spool = self.private / "delay" / "000001.spool"
        record = Record(kind="changed", at=datetime.now(UTC))
        self.record = msgspec.json.encode(record) + b"\n"

    def harm(self) -> None:
        """Leave what kills leave at bad moments."""
        kept = self.kept()
        take = self.public / kept["takes"][0]
        # Between writing down what is gone and moving it.
        (hidden,) = (self.private / "removed").glob("*/source/*.m4s")
        self.leaked = take / "source" / hidden.name
        shutil.copy(hidden, self.leaked)
        # While a take was brought in, while the spool was written; an edge is lost.
        shutil.copytree(take, self.stray)
        self.spool.parent.mkdir(exist_ok=True)
        self.spool.write_bytes(self.record + self.record[: len(self.record) // 2])
        self.edge = self.public / kept["edges"][0]["take_id"]
        shutil.rmtree(self.edge)

    def kept(self) -> dict[str, Any]:
        """`channel.json`."""
        found: dict[str, Any] = msgspec.json.decode(
            (self.public / "channel.json").read_bytes()
        )
        return found

    def add_cut(self, cut: Cut) -> None:
        """Write down a cut as if the process had been killed then."""
        kept = self.kept()
        kept["cuts"].append(msgspec.to_builtins(cut))
        (self.public / "channel.json").write_bytes(msgspec.json.encode(kept))

    def check_mended(self) -> None:
        """Nothing that was cut or is unknown lies in public, and nothing is lost."""
        assert not self.leaked.exists()
        assert not self.stray.exists()
        assert (self.private / "strays" / "x_stray" / "take.json").exists()
        assert self.spool.stat().st_size == len(self.record)
        assert measure_whole(self.spool) == len(self.record)


async def test_what_a_kill_left_is_found_and_mended(
    tmp_path: Path, ffmpeg_path: str
) -> None:
    path = await make_flv(ffmpeg_path, tmp_path / "film.flv", seconds=12)
    film = await asyncio.to_thread(path.read_bytes)
    async with open_house(tmp_path, ffmpeg_path) as house:
        await push(house, "flv", film)
        channel = house.webcast.channel(*PLACE)
        begins = channel.recorded_spans()[0][0]
        cut = Cut(
            cut_id="c_1",
            from_at=begins + timedelta(seconds=5.2),
            to_at=begins + timedelta(seconds=6.8),
        )
        await channel.apply_cuts([cut])
        assert await channel.encode_edges()
    assert await asyncio.to_thread(look, tmp_path) == ""

    room = Room(tmp_path)
    await asyncio.to_thread(room.harm)
    found = await asyncio.to_thread(look, tmp_path)
    for words in (
        "was cut and still lies in public",
        "x_stray belongs to nothing",
        "a torn record",
        "is missing; it is made anew",
    ):
        assert words in found
    # A look changes nothing; a repair does.
    mended = await asyncio.to_thread(look, tmp_path, repair=True)
    assert "moved away" in mended
    await asyncio.to_thread(room.check_mended)
    (line,) = (await asyncio.to_thread(look, tmp_path)).splitlines()
    assert line.startswith(f"{room.edge.name}: what stood beside a cut is missing")

    # The service itself does what is left, also a cut that it never heard of.
    other = msgspec.structs.replace(
        cut, cut_id="c_2", from_at=begins, to_at=begins + timedelta(seconds=0.9)
    )
    await asyncio.to_thread(room.add_cut, other)
    found = await asyncio.to_thread(look, tmp_path)
    assert "lie in a cut and are public" in found
    spec = msgspec.structs.replace(ROOM, cuts=(cut, other))
    async with open_house(tmp_path, ffmpeg_path, room=spec) as house:
        await house.webcast.encode_edges(*PLACE)
        assert house.webcast.channel(*PLACE).recorded_spans()[0][0] > begins
    assert await asyncio.to_thread(look, tmp_path) == ""
