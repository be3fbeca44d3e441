"""Messages between the service and a recogniser, and where models are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folkmoot.transcripts.recognition import models
from folkmoot.transcripts.recognition.messages import (
    Begin,
    Failed,
    Glossary,
    Heard,
    Order,
    OrderReader,
    Pause,
    Ready,
    ReportReader,
    Sound,
    pack,
)
from folkmoot.transcripts.recognition.models import ModelMissing, find_model
from folkmoot.transcripts.recognition.words import Word

orders = st.one_of(
    st.builds(Begin, model=st.text(), language=st.none() | st.text()),
    st.builds(Glossary, words=st.text()),
    st.builds(
        Sound,
        at_ms=st.integers(0, 2**50),
        duration_ms=st.integers(0, 10**6),
        data=st.binary(),
        init=st.none() | st.binary(),
    ),
    st.just(Pause()),
)


@given(st.lists(orders), st.integers(1, 50))
def test_orders_arrive_whole_however_they_are_cut(sent: list[Order], size: int) -> None:
    data = b"".join(map(pack, sent))
    reader = OrderReader()
    got = [
        order
        for start in range(0, len(data), size)
        for order in reader.feed(data[start : start + size])
    ]
    assert got == sent


def test_reports_arrive() -> None:
    heard = Heard((Word("yes", 1, 2, 0.5),), (), 3, 4, pause=True)
    assert list(ReportReader().feed(pack(heard))) == [heard]


def test_a_reader_that_stops_reads_on_behind_what_it_read() -> None:
    reader = ReportReader()
    for report in reader.feed(pack(Ready("m", 1.0)) + pack(Failed("no"))):
        assert report == Ready("m", 1.0)
        break
    assert list(reader.feed(b"")) == [Failed("no")]


def test_a_message_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        list(OrderReader().feed(b"\xff\xff\xff\xff"))


@pytest.fixture
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "has_engine", lambda: True)
    monkeypatch.setattr(models, "_downloaded", lambda name: [])


def _make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"")
    return folder


@pytest.mark.usefixtures("_engine")
def test_a_model_is_found_by_folder_and_by_name(tmp_path: Path) -> None:
    folder = _make(tmp_path / "elsewhere" / "council")
    assert find_model(str(folder)).path == str(folder)
    assert find_model(str(folder)).name == "council"
    kept = _make(tmp_path / "models" / "small")
    assert find_model("small", kept=tmp_path / "models").path == str(kept)


@pytest.mark.usefixtures("_engine")
def test_a_model_is_found_in_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _make(tmp_path / "town_models" / "model")
    (tmp_path / "town_models" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_model("town-models").path == str(folder)


@pytest.mark.usefixtures("_engine")
@pytest.mark.parametrize("name", ["", "nothing-of-that-name", "../secret", "a/b/c"])
def test_a_missing_model_says_how_to_get_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="captions download"):
        find_model(name, kept=tmp_path)


@pytest.mark.usefixtures("_engine")
def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"holds model\.bin"):
        find_model(str(tmp_path))


def test_without_the_extra_it_says_what_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "has_engine", lambda: False)
    with pytest.raises(ModelMissing, match="pip install"):
        find_model("tiny.en")
