from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folkmoot.media.ingest.rtmp.amf0 import Value, decode, encode, first_string
from folkmoot.media.ingest.rtmp.errors import RtmpError

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=80)
@given(st.lists(VALUES, max_size=4))
def test_values_come_back_as_they_were(values: list[Value]) -> None:
    assert decode(encode(values)) == values


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("06", None),  # undefined
        ("0c 00000002 6869", "hi"),
        ("08 ffffffff 0001 61 01 01 0000 09", {"a": True}),
        ("0b 3ff0000000000000 0000", 1.0),
    ],
)
def test_forms_that_we_never_write_are_read(data: str, value: Value) -> None:
    assert decode(bytes.fromhex(data)) == [value]


@pytest.mark.parametrize(
    "data",
    [
        "11",  # AMF3
        "00 0000",
        "02 00ff 61",
        "03 0001 61 05 0000 05",
        "0a 7fffffff",
        "0a 00000001" * 20,
    ],
)
def test_broken_values_are_refused(data: str) -> None:
    with pytest.raises(RtmpError):
        decode(bytes.fromhex(data))


def test_too_many_values_are_refused() -> None:
    with pytest.raises(RtmpError, match="too long"):
        decode(b"\x0a" + (1001).to_bytes(4, "big") + b"\x05" * 1001)
    with pytest.raises(RtmpError, match="too many"):
        decode((b"\x0a" + (600).to_bytes(4, "big") + b"\x05" * 600) * 2)


def test_name_is_split_from_what_follows() -> None:
    assert first_string(encode(["onMetaData", 1.0])) == ("onMetaData", encode([1.0]))
    with pytest.raises(RtmpError):
        first_string(encode([1.0]))


@settings(max_examples=100)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        values = decode(data)
    except RtmpError:
        return
    assert isinstance(values, list)
