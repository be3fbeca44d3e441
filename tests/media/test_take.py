from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from folkmoot.media.pack.packager import Piece
from folkmoot.media.pack.playlist import Variant
from folkmoot.media.pack.take import TakeInfo, TakeWriter, read_take, repair_take
from tests.media.packaging import ANCHOR, data_of, make_fragment, make_init, pack

if TYPE_CHECKING:
    from pathlib import Path

    from folkmoot.media.pack.packager import Step

INFO = TakeInfo(
    take_id="x_a",
    kind="live",
    anchor_at=ANCHOR,
    leading="source",
    variants=(
        Variant(name="source", bandwidth=1, codecs="avc1.64001f,mp4a.40.2"),
        Variant(name="audio", bandwidth=1, codecs="mp4a.40.2"),
    ),
)


def steps_of(count: int, *, close: bool) -> list[Step]:
    lanes = []
    for name, track_id in (("source", 1), ("audio", 2)):
        group = [
            Piece(
                make_fragment(10 + index / 2, key=index % 4 == 0, track_id=track_id),
                10 + index / 2,
                0.5,
                index % 4 == 0,
            )
            for index in range(count)
        ]
        lanes.append((name, group))
    return pack(*lanes, close=close)[1]


def write_take(root: Path, count: int, *, close: bool) -> tuple[Path, list[Step]]:
    directory = root / "x_a"
    writer = TakeWriter(directory, INFO)
    steps = steps_of(count, close=close)
    for name in ("source", "audio"):
        writer.add_init(name, make_init())
    writer.write(steps)
    if close:
        writer.close()
    else:
        writer.abandon()  # as a killed process leaves it: nothing more is written
    return directory, steps


def bytes_of(directory: Path, rendition: str) -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted((directory / rendition).glob("*.m4s"))
    )


def test_take_on_disk_is_plain_hls(tmp_path: Path):
    directory, steps = write_take(tmp_path, 10, close=True)
    names = sorted(str(path.relative_to(directory)) for path in directory.rglob("*.*"))
    assert names == [
        "audio/00001.m4s",
        "audio/00002.m4s",
        "audio/index.m3u8",
        "audio/init.mp4",
        "index.m3u8",
        "parts.jsonl",
        "source/00001.m4s",
        "source/00002.m4s",
        "source/index.m3u8",
        "source/init.mp4",
        "take.json",
    ]
    wanted = b"".join(data for _, data in data_of(steps, "source"))
    assert bytes_of(directory, "source") == wanted
    text = (directory / "source/index.m3u8").read_text()
    assert text.count("#EXTINF") == 2
    assert text.endswith("00002.m4s\n#EXT-X-ENDLIST\n")
    assert "source/index.m3u8" in (directory / "index.m3u8").read_text()


def test_a_closed_take_reads_back_as_it_was_packaged(tmp_path: Path):
    directory, _ = write_take(tmp_path, 20, close=True)
    stored = read_take(directory)
    assert stored.info.closed
    assert [each.duration_seconds for each in stored.segments["source"]] == [4, 4, 2]
    assert [each.sequence for each in stored.segments["audio"]] == [1, 2, 3]
    assert stored.next_parts == {"source": 21, "audio": 21}


def test_repair_of_a_whole_take_changes_no_media(tmp_path: Path):
    directory, _ = write_take(tmp_path, 10, close=True)
    before = bytes_of(directory, "source")
    index = (directory / "source/index.m3u8").read_text()
    stored = repair_take(directory)
    assert bytes_of(directory, "source") == before
    assert (directory / "source/index.m3u8").read_text() == index
    assert stored.lost_bytes == 0


def test_repair_closes_at_the_last_whole_part(tmp_path: Path):
    directory, steps = write_take(tmp_path, 10, close=False)
    with (directory / "source/00002.m4s").open("ab") as file:
        file.write(make_fragment(15.0)[:77])  # killed while it wrote
    with (directory / "parts.jsonl").open("ab") as journal:
        journal.write(b'{"rendition":"source","sequ')
    stored = repair_take(directory)
    assert stored.lost_bytes == 77
    wanted = b"".join(data for _, data in data_of(steps, "source"))
    assert bytes_of(directory, "source") == wanted
    assert [each.duration_seconds for each in stored.segments["source"]] == [4, 1]
    assert (directory / "source/index.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
    assert read_take(directory) == repair_take(directory)


def test_bytes_without_a_journal_line_are_removed(tmp_path: Path):
    directory, _ = write_take(tmp_path, 8, close=True)
    (directory / "source/00002.m4s").write_bytes(make_fragment(14.0))
    repair_take(directory)
    assert not (directory / "source/00002.m4s").exists()


def test_journal_lines_without_bytes_are_removed(tmp_path: Path):
    directory, _ = write_take(tmp_path, 10, close=False)
    (directory / "audio/00002.m4s").unlink()
    stored = repair_take(directory)
    assert [each.gap for each in stored.segments["audio"]] == [False, True]
    assert (directory / "parts.jsonl").read_text().count('"audio"') == 8


def test_zeros_after_a_power_cut_are_no_part(tmp_path: Path):
    directory, _ = write_take(tmp_path, 10, close=False)
    path = directory / "source/00002.m4s"
    size = len(make_fragment(14.0, key=True))
    path.write_bytes(path.read_bytes()[:size] + bytes(path.stat().st_size - size))
    stored = repair_take(directory)
    assert [len(each.parts) for each in stored.segments["source"]] == [8, 1]
    assert path.stat().st_size == size


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), rendition=st.sampled_from(["source", "audio"]))
def test_wherever_the_tail_is_torn_what_is_left_is_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int, rendition: str
):
    directory, steps = write_take(tmp_path_factory.mktemp("take"), 10, close=False)
    path = max((directory / rendition).glob("*.m4s"))
    data = path.read_bytes()
    path.write_bytes(data[: max(0, len(data) - cut)])
    stored = repair_take(directory)
    whole = b"".join(data for _, data in data_of(steps, rendition))
    left = bytes_of(directory, rendition)
    assert whole.startswith(left)
    sizes = sum(
        segment.size for segment in stored.segments[rendition] if not segment.gap
    )
    assert sizes == len(left)
