"""One table of options: what it accepts, and that its texts say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from folkmoot import settings_reference
from folkmoot.settings import (
    Rung,
    Settings,
    SettingsError,
    list_options,
    load_settings,
)

ROOT = Path(__file__).parents[1]


def test_settings_default_where_nothing_is_given() -> None:
    assert load_settings(environ={"PATH": "/bin"}) == Settings()


def test_settings_later_sources_win(tmp_path: Path) -> None:
    path = tmp_path / "folkmoot.toml"
    path.write_text('[server]\nport = 1\nhost = "::"\n[media]\nrtmp_port = 2\n')
    settings = load_settings(
        path,
        environ={"FOLKMOOT_SERVER_PORT": "3", "FOLKMOOT_MEDIA_RTMP_PORT": "4"},
        overrides={"server.port": 5, "store.data_dir": None},
    )
    assert (settings.server.port, settings.server.host) == (5, "::")
    assert settings.media.rtmp_port == 4
    assert settings.store.data_dir == "recordings"


def test_settings_environment_reads_every_kind() -> None:
    settings = load_settings(
        environ={
            "FOLKMOOT_MEDIA_LADDER": "240p:300, audio:32",
            "FOLKMOOT_MEDIA_PART_SECONDS": "0.25",
            "FOLKMOOT_SEARCH_ENGINE": "whoosh",
        }
    )
    assert settings.media.rungs == (
        Rung(name="240p", height=240, kbits=300),
        Rung(name="audio", height=None, kbits=32),
    )
    assert settings.media.part_seconds == 0.25
    assert settings.search.engine == "whoosh"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[server]\nprot = 1", "Unknown setting server.prot"),
        ("[serve]\nport = 1", "did you mean server.port?"),
        ("port = 1", "Unknown setting port"),
        ('[server]\nport = "80"', "server.port can't be '80'"),
        ("[server]\nport = 70000", "server.port can't be 70000"),
        ("[media]\nladder = ['big']", "media.ladder can't be"),
        ("[media]\npart_seconds = 2.0\nsegment_seconds = 3.0", "media.segment_seconds"),
        ('[server]\ntls_cert = "a.pem"', "server.tls_key"),
        ("[server", "can't be read"),
    ],
)
def test_settings_bad_file_names_the_key(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "folkmoot.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(message)):
        load_settings(path, environ={})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"FOLKMOOT_SERVER_PROT": "1"}, "did you mean FOLKMOOT_SERVER_PORT?"),
        ({"FOLKMOOT_SERVER_PORT": "http"}, "server.port can't be 'http'"),
        ({"FOLKMOOT_LOG_LEVEL": "loud"}, "log.level can't be 'loud'"),
    ],
)
def test_settings_bad_environment_names_the_key(
    environ: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        load_settings(environ=environ)


def test_settings_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="absent"):
        load_settings(tmp_path / "absent.toml", environ={})


def test_settings_unknown_override_is_refused() -> None:
    with pytest.raises(SettingsError, match="command line"):
        load_settings(environ={}, overrides={"server.prot": 1})


def test_sample_file_is_every_option_at_its_default(tmp_path: Path) -> None:
    sample = (ROOT / settings_reference.FILE).read_text("utf-8")
    assert load_settings(ROOT / settings_reference.FILE, environ={}) == Settings()
    uncommented = re.sub(r"(?m)^#(\w+ = )", r"\1", sample)
    tables = tomllib.loads(uncommented)
    keys = [f"{section}.{name}" for section in tables for name in tables[section]]
    assert keys == [option.key for option in list_options()]
    path = tmp_path / "all.toml"
    path.write_text(uncommented)
    assert load_settings(path, environ={}) == Settings()


def test_sample_file_is_what_the_table_renders() -> None:
    sample = (ROOT / settings_reference.FILE).read_text("utf-8")
    assert sample == settings_reference.render_file()


def test_manual_page_is_what_the_table_renders() -> None:
    page = (ROOT / settings_reference.PAGE).read_text("utf-8")
    assert page == settings_reference.render_page()
    for option in list_options():
        assert f"| `{option.name}` | `" in page


def test_options_are_read_somewhere() -> None:
    package = ROOT / "server" / "folkmoot"
    text = "".join(
        path.read_text("utf-8")
        for path in package.rglob("*.py")
        if not path.name.startswith("settings")
    )
    # Read from all the settings, or from one section under its name.
    unread = {
        option.key
        for option in list_options()
        if not re.search(rf"(settings|{option.section})\.{option.name}\b", text)
    }
    # The ladder is read as values, through `MediaSettings.rungs`.
    assert unread <= {"media.ladder"}


def test_options_are_told_in_a_sentence() -> None:
    assert [
        option.key for option in list_options() if not option.description.endswith(".")
    ] == []


def test_settings_are_values() -> None:
    with pytest.raises(AttributeError):
        load_settings(environ={}).server.port = 1  # type: ignore[misc]
    assert msgspec.json.decode(msgspec.json.encode(Settings()), type=Settings) == (
        Settings()
    )
