from __future__ import annotations

from folkmoot.media.encode.gates import FlvGate, MarkGate, TransportGate, gate_for
from folkmoot.media.ingest.flv import AUDIO, VIDEO, FlvReader, FlvTag
from tests.media.publishing import AAC_SETTINGS, AVC_SETTINGS, some_tags, sound


def opened(gate: FlvGate, from_ms: float | None = None) -> list[FlvTag]:
    return FlvReader().feed(gate.opening(from_ms))


def test_flv_begins_with_its_settings_and_the_last_key_frame() -> None:
    gate, tags = FlvGate(), some_tags(3.3)
    assert not gate.can_open
    gate.add(tags)
    settings, rest = opened(gate)[:2], opened(gate)[2:]
    assert settings == tags[:2]
    assert rest == [tag for tag in tags[2:] if tag.timestamp_ms >= 3000]
    assert rest[0].is_keyframe


def test_new_settings_replace_the_old() -> None:
    gate = FlvGate()
    gate.add(some_tags(1))
    changed = FlvTag(VIDEO, 900, AVC_SETTINGS + b"\0")
    gate.add([changed])
    assert changed in opened(gate)
    assert sum(tag.is_sequence_header for tag in opened(gate)) == 2


def test_patient_gate_keeps_what_was_not_released() -> None:
    gate, tags = FlvGate(patient=True), some_tags(5.5)
    gate.add(tags)
    assert opened(gate, 0)[2:] == tags[2:]
    assert opened(gate, 2_500)[2] == next(t for t in tags if t.timestamp_ms == 2000)
    assert opened(gate)[2].timestamp_ms == 5000
    gate.release(3_100)
    assert opened(gate, 0)[2].timestamp_ms == 3000


def test_sound_alone_can_begin_anywhere() -> None:
    gate = FlvGate()
    gate.add([FlvTag(AUDIO, 0, AAC_SETTINGS), *(sound(at) for at in range(0, 900, 20))])
    assert opened(gate)[1:] == [sound(880)]


def test_kept_bytes_are_bounded() -> None:
    gate = FlvGate(patient=True)
    big = b"\x27\x01\0\0\0" + bytes(1 << 20)
    gate.add([FlvTag(VIDEO, 0, b"\x17" + big[1:])])
    for at in range(1, 60):
        gate.add([FlvTag(VIDEO, at, big)])
    assert not gate.can_open  # its beginning is gone: the next key frame opens it
    gate.add([FlvTag(VIDEO, 99, b"\x17" + big[1:])])
    assert gate.can_open
    assert gate._bytes < 4 << 20


def test_transport_stream_begins_at_a_packet() -> None:
    packets = b"".join(bytes((0x47, number)) + bytes(186) for number in range(9))
    gate = TransportGate()
    assert gate.pass_on(packets[:200]) == packets[:200]
    gate.reopen()
    assert gate.pass_on(packets[200:300]) == b""
    assert gate.pass_on(packets[300:900]) == packets[376:900]
    assert gate.pass_on(packets[900:]) == packets[900:]


def test_marked_containers_begin_with_their_front() -> None:
    front, cluster = b"EBML and tracks", b"\x1f\x43\xb6\x75 pictures "
    data = front + cluster * 4
    gate = MarkGate(b"\x1f\x43\xb6\x75")
    heard = b"".join(gate.pass_on(data[at : at + 5]) for at in range(0, 40, 5))
    assert heard == data[:40]
    gate.reopen()
    heard = b"".join(gate.pass_on(data[at : at + 5]) for at in range(40, len(data), 5))
    assert heard == front + cluster * 2


def test_mp4_begins_at_a_box_with_its_size() -> None:
    front = b"\0\0\0\x08ftyp\0\0\0\x08moov"
    moof = b"\0\0\0\x08moof\0\0\0\x0cmdat1234"
    gate = gate_for("mp4")
    assert gate.pass_on(front + moof) == front + moof
    gate.reopen()
    assert gate.pass_on(b"rest" + moof[:3]) == b""
    assert gate.pass_on(moof[3:]) == front + moof
