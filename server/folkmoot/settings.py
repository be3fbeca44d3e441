"""Settings: one table of options, and how its values are found.

Values come from the defaults below, then the file named with ``--config``, then
the environment (``FOLKMOOT_SECTION_NAME``), then the command line; the later wins.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PREFIX = "FOLKMOOT_"
# Read by the build hook and the command line, not options of the service.
OTHER_VARIABLES = frozenset({"FOLKMOOT_SKIP_WEB", "FOLKMOOT_CONFIG"})

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=0)]
RungText = Annotated[str, Meta(pattern=r"^([1-9]\d*p|audio):[1-9]\d*$")]


class SettingsError(ValueError):
    """A setting that can't be used; the message names it and says what would do."""


class Rung(msgspec.Struct, frozen=True):
    """One step of the ladder below the source, `height` None for sound alone."""

    name: str
    height: int | None
    kbits: int


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the service listens and what people type to reach it."""

    host: Annotated[
        str, Meta(description="Address to listen on; 0.0.0.0 for every network.")
    ] = "127.0.0.1"
    port: Annotated[Port, Meta(description="HTTP port; 0 takes a free one.")] = 8080
    public_url: Annotated[
        str,
        Meta(description="Address people use, e.g. https://meet.example.org."),
    ] = ""
    tls_cert: Annotated[
        str, Meta(description="Certificate chain (PEM) to serve HTTPS without an edge.")
    ] = ""
    tls_key: Annotated[str, Meta(description="Private key (PEM) of tls_cert.")] = ""


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where meetings are kept."""

    data_dir: Annotated[
        str, Meta(description="Directory of database, recordings and index.")
    ] = "recordings"
    url: Annotated[
        str,
        Meta(
            description="Database, e.g. postgresql+psycopg://folkmoot@db/folkmoot;"
            " empty: SQLite in data_dir."
        ),
    ] = ""


class RedisSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Needed only when several processes serve the same meetings."""

    url: Annotated[
        str, Meta(description="e.g. redis://cache:6379/0; empty: one process alone.")
    ] = ""


class MediaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How streams come in and what is made of them."""

    rtmp_host: Annotated[
        str, Meta(description="Address for encoders; empty: the one in [server].")
    ] = ""
    rtmp_port: Annotated[
        Port, Meta(description="RTMP port for encoders; 0 takes a free one.")
    ] = 1935
    part_seconds: Annotated[
        float, Meta(ge=0.1, le=2, description="Length of a part; shorter is sooner.")
    ] = 0.5
    segment_seconds: Annotated[
        float, Meta(ge=1, le=12, description="Length of a segment.")
    ] = 4.0
    ladder: Annotated[
        tuple[RungText, ...],
        Meta(description="Smaller pictures to offer as height:kbit/s; audio:kbit/s."),
    ] = ("360p:500", "audio:48")
    disk_reserve_mb: Annotated[
        Count,
        Meta(description="Recording stops when less than this is free on the disk."),
    ] = 512
    taken_away_days: Annotated[
        Count,
        Meta(
            description="Seconds taken out of a recording can be brought back so "
            "many days; then they are erased."
        ),
    ] = 30
    max_bitrate_kbits: Annotated[
        Annotated[int, Meta(ge=100)],
        Meta(description="An encoder sending more than this is told and dropped."),
    ] = 20_000
    edge_url: Annotated[
        str,
        Meta(
            pattern=r"^(http://[^/@?#\s]+)?$",
            description="The edge's address from within, where it fetches each part "
            "before viewers hear of it; empty: none.",
        ),
    ] = ""
    ffmpeg: Annotated[
        str,
        Meta(description="ffmpeg program; empty: the machine's, else imageio-ffmpeg."),
    ] = ""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The ladder as values, in its order."""
        return tuple(_read_rung(text) for text in self.ladder)


class CaptionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How speech becomes text, where a meeting does not say otherwise."""

    when: Annotated[
        Literal["live", "after", "never"],
        Meta(description="live: while people speak; after: when a meeting has ended."),
    ] = "live"
    model: Annotated[
        str,
        Meta(
            description="Speech model: a faster-whisper model's name, its folder, or "
            "a package that brings one."
        ),
    ] = "tiny.en"
    language: Annotated[
        str,
        Meta(description="Language that is spoken, e.g. fi; empty: found out."),
    ] = ""
    threads: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Cores that one room's recognition may take."),
    ] = 1
    most_rooms: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Rooms captioned live at once; more are captioned after."),
    ] = 4


class SearchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How transcripts and contributions are found again."""

    engine: Annotated[
        Literal["tantivy", "whoosh"],
        Meta(description="tantivy is fast; whoosh needs no compiled code."),
    ] = "tantivy"
    language: Annotated[
        str,
        Meta(
            description="Language of texts that name none; where there is no stemmer, "
            "as for `cy`, words are only folded."
        ),
    ] = "en"
    synonyms: Annotated[
        str, Meta(description="File of words that mean the same; read when it changes.")
    ] = ""


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much one person may ask for; past it: "wait N s".

    People without a name share one count of twenty times as much.
    """

    commands_per_minute: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Actions a participant may take in a minute."),
    ] = 120
    joins_per_minute: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Meetings a person may join in a minute."),
    ] = 120
    searches_per_minute: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Searches a person may make in a minute."),
    ] = 60
    clips_per_minute: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Clips a person may cut in a minute."),
    ] = 12
    max_body_kb: Annotated[
        Annotated[int, Meta(ge=16)],
        Meta(description="Largest request that is not a video or a transcript."),
    ] = 256


class MeetingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new meeting starts with."""

    moderation: Annotated[
        Literal["after", "before"],
        Meta(description="Whether contributions are read before they show."),
    ] = "after"
    visibility: Annotated[
        Literal["public", "unlisted", "private"],
        Meta(description="Who finds a meeting that names no visibility."),
    ] = "public"


class MailSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Letters that people ask for; without a host none are offered."""

    host: Annotated[
        str, Meta(description="Mail server (SMTP); empty: no mail is offered.")
    ] = ""
    port: Annotated[Port, Meta(description="Its port: 587, or 465 for tls.")] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description="How the connection is kept secret; none for this machine."),
    ] = "starttls"
    user: Annotated[str, Meta(description="Name to sign in with; empty: none.")] = ""
    password: Annotated[
        str, Meta(description="Its password; better as FOLKMOOT_MAIL_PASSWORD.")
    ] = ""
    sender: Annotated[
        str,
        Meta(description="Address that letters come from, e.g. moot@example.org."),
    ] = ""
    per_minute: Annotated[
        Annotated[int, Meta(ge=1)],
        Meta(description="Letters handed over in a minute, at most."),
    ] = 60
    digest_minutes: Annotated[
        Annotated[int, Meta(ge=1, le=1440)],
        Meta(description="What is new is gathered so long before it is told."),
    ] = 60


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the service says about itself, on standard error."""

    level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        Meta(description="Least serious kind of line to write."),
    ] = "INFO"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every option of the service, by section."""

    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    redis: RedisSettings = RedisSettings()
    media: MediaSettings = MediaSettings()
    captions: CaptionSettings = CaptionSettings()
    search: SearchSettings = SearchSettings()
    limits: LimitSettings = LimitSettings()
    meeting: MeetingSettings = MeetingSettings()
    mail: MailSettings = MailSettings()
    log: LogSettings = LogSettings()


class Option(msgspec.Struct, frozen=True):
    """One option of the table; `kind` is its annotated type."""

    section: str
    name: str
    kind: Any
    default: Any
    description: str

    @property
    def key(self) -> str:
        """The name as in messages and documents, `section.name`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.section}_{self.name}".upper()


def list_options() -> Iterator[Option]:
    """Every option, in the order of the table."""
    for section in msgspec.structs.fields(Settings):
        kinds = get_type_hints(section.type, include_extras=True)
        for field in msgspec.structs.fields(section.type):
            kind = kinds[field.name]
            description = next(
                meta.description
                for meta in reversed(kind.__metadata__)
                if meta.description
            )
            yield Option(section.name, field.name, kind, field.default, description)


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings that hold for this start.

    `path` is a TOML file, `overrides` are command line values by `section.name`,
    where None means "not given". Raises `SettingsError` for a file that can't be
    read, an unknown key or a value of the wrong kind.
    """
    options = {option.key: option for option in list_options()}
    values: dict[str, Any] = {}
    if path is not None:
        values |= _read_file(path, options)
    values |= _read_environment(os.environ if environ is None else environ, options)
    for key, value in (overrides or {}).items():
        if value is not None:
            values[key] = _convert(_find(key, options, "command line"), value)
    return _build(values)


def _read_file(path: Path, options: Mapping[str, Option]) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from error
    values = {}
    for section, table in tables.items():
        if not isinstance(table, dict):
            # A key above the first [section] belongs to none.
            _find(section, options, str(path))
        for name, value in table.items():
            option = _find(f"{section}.{name}", options, str(path))
            values[option.key] = _convert(option, value)
    return values


def _read_environment(
    environ: Mapping[str, str], options: Mapping[str, Option]
) -> dict[str, Any]:
    variables = {option.variable: option for option in options.values()}
    values = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES:
            continue
        option = _find(name, variables, "environment")
        values[option.key] = _convert(option, text, text=True)
    return values


def _find(key: str, options: Mapping[str, Option], origin: str) -> Option:
    if key in options:
        return options[key]
    near = difflib.get_close_matches(key, options, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else "."
    raise SettingsError(f"Unknown setting {key} ({origin}){hint}")


def _convert(option: Option, value: Any, *, text: bool = False) -> Any:
    if text and isinstance(option.default, tuple):
        value = [piece.strip() for piece in value.split(",") if piece.strip()]
    try:
        return msgspec.convert(value, option.kind, strict=not text)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{option.key} can't be {value!r}: {error}.") from error


def _build(values: Mapping[str, Any]) -> Settings:
    sections: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    settings = Settings(
        **{
            field.name: field.type(**sections.get(field.name, {}))
            for field in msgspec.structs.fields(Settings)
        }
    )
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    if bool(settings.server.tls_cert) != bool(settings.server.tls_key):
        raise SettingsError("server.tls_cert and server.tls_key go together.")
    if bool(settings.mail.host) != bool(settings.mail.sender):
        raise SettingsError("mail.host and mail.sender go together.")
    if settings.media.segment_seconds < 2 * settings.media.part_seconds:
        raise SettingsError(
            "media.segment_seconds must hold at least two media.part_seconds."
        )


def _read_rung(text: str) -> Rung:
    name, kbits = text.split(":")
    height = None if name == "audio" else int(name.removesuffix("p"))
    return Rung(name=name, height=height, kbits=int(kbits))
