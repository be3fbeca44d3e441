"""Pictures and voice notes over HTTP: in pieces, once, and for their readers alone."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from folkmoot.keys import ATTACHMENTS, DATABASE, IDENTITY
from folkmoot.received.attachments import MOST_UNUSED
from tests.gateway.house import House, Person, open_house

PATH = "/api/v1/meetings/moot/attachments"
pytestmark = pytest.mark.ffmpeg


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Run the service with a meeting."""
    async with open_house(tmp_path) as house:
        await house.make()
        yield house


def picture() -> bytes:
    """Return a small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


def sound(seconds: float = 2.0) -> bytes:
    """Return a WAV with a tone that grows louder."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        total = int(8_000 * seconds)
        for n in range(total):
            value = 20_000 * n / total * math.sin(n / 3)
            file.writeframesraw(struct.pack("<h", int(value)))
    return out.getvalue()


async def send(
    house: House, who: Person, data: bytes, kind: str, name: str, **headers: str
) -> tuple[int, Any]:
    """Send a file whole, or a piece of one."""
    status, answer, _ = await house.ask(
        "POST",
        f"{PATH}?kind={kind}",
        data,
        token=who.token,
        headers={"Upload-Id": name, **headers},
    )
    return status, answer


async def read(house: House, attachment_id: str, name: str, **who: Any) -> Any:
    """Return a file as a reader gets it."""
    place = await house.app[IDENTITY].find_place("moot")
    reader = {"member_id": None, "staff": False, **who}
    return await house.app[ATTACHMENTS].read(
        place.meeting_id, attachment_id, name, **reader
    )


async def test_a_picture_is_its_senders_until_it_is_posted(house: House) -> None:
    ann, ben = await house.join(name="Ann"), await house.join(name="Ben")
    status, sent = await send(house, ann, picture(), "image", "upload-of-ann")
    assert (status, sent["state"]) == (201, "ready")
    assert (sent["width"], sent["height"]) == (40, 30)
    one = sent["attachment_id"]
    assert await read(house, one, "large") is None
    assert await read(house, one, "large", staff=True) is None
    refs = [{"attachment_id": one, "alt": "A field"}]
    stolen = await ben.give("contribution.post", text="mine", attachments=refs)
    assert stolen["code"] == "no_such_attachment"
    posted = await ann.give("contribution.post", attachments=refs)
    assert posted["ok"]
    data, media_type = await read(house, one, "large")
    assert media_type == "image/jpeg"
    assert data[:2] == b"\xff\xd8"
    contribution = posted["data"]["contribution_id"]
    await ann.give("contribution.withdraw", contribution_id=contribution)
    assert await read(house, one, "large") is None
    rows = await house.app[DATABASE].read(
        lambda c: c.exec_driver_sql("SELECT count(*) FROM attachments").scalar()
    )
    assert rows == 0


async def test_a_voice_note_comes_in_pieces_and_sending_again_changes_nothing(
    house: House,
) -> None:
    ann = await house.join(name="Ann")
    data, name = sound(), "voice-of-ann"
    half = len(data) // 2
    piece = f"bytes 0-{half - 1}/{len(data)}"
    status, told = await send(
        house, ann, data[:half], "voice", name, **{"Content-Range": piece}
    )
    assert (status, told["offset"]) == (202, half)
    _, told, _ = await house.ask(
        "GET", f"{PATH}/upload", token=ann.token, headers={"Upload-Id": name}
    )
    assert told["offset"] == half
    rest = {"Content-Range": f"bytes {half}-{len(data) - 1}/{len(data)}"}
    status, sent = await send(house, ann, data[half:], "voice", name, **rest)
    assert status == 201, sent
    assert sent["seconds"] == pytest.approx(2.0, abs=0.1)
    assert len(sent["peaks"]) == 100
    assert sent["peaks"][-1] > sent["peaks"][10]
    assert (await send(house, ann, data, "voice", name))[1] == {
        **sent,
        "offset": len(data),
    }
    _, told, _ = await house.ask(
        "GET", f"{PATH}/upload", token=ann.token, headers={"Upload-Id": name}
    )
    assert told["attachment_id"] == sent["attachment_id"]


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("image", b"GIF89a no picture", "bad_picture"),
        ("voice", b"no sound at all", "bad_voice"),
        ("voice", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "bad_voice"),
        ("image", sound(0.4), "bad_picture"),
        ("voice", picture(), "bad_voice"),
    ],
)
async def test_what_lies_about_its_type_is_refused(
    house: House, kind: str, data: bytes, code: str
) -> None:
    ann = await house.join(name="Ann")
    status, told = await send(house, ann, data, kind, "something-else")
    assert (status, told["code"]) == (422, code)
    assert not list((house.data_dir / "private" / "uploads").iterdir())


async def test_too_much_and_nameless_uploads_are_refused(house: House) -> None:
    ann = await house.join(name="Ann")
    huge = {"Content-Range": "bytes 0-3/99000000"}
    status, told = await send(house, ann, b"abcd", "voice", "very-large", **huge)
    assert (status, told["code"]) == (413, "too_large")
    status, told, _ = await house.ask("POST", PATH, picture(), token=ann.token)
    assert (status, told["code"]) == (422, "bad_upload_id")
    status, told, _ = await house.ask(
        "POST", PATH, picture(), headers={"Upload-Id": "of-nobody"}
    )
    assert (status, told["code"]) == (403, "not_a_member")
    for number in range(MOST_UNUSED):
        status, _ = await send(house, ann, picture(), "image", f"picture-{number:03}")
        assert status == 201
    status, told = await send(house, ann, picture(), "image", "one-too-many")
    assert (status, told["code"]) == (422, "too_many_uploads")
