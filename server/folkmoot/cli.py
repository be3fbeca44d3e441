"""The command line: `folkmoot serve`, `demo`, `meeting`, `import`, `search` and more."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from folkmoot.datadir import DataDir, DataDirInUse, DataDirUnusable
from folkmoot.reach import Service, ServiceSaidNo, reach_service
from folkmoot.sending import publish_films, send_film
from folkmoot.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    name="folkmoot",
    help="The companion of public stakeholder meetings: webcast, timetable, threads, "
    "searchable archive.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
meetings = typer.Typer(help="Make, list, show and end meetings.", no_args_is_help=True)
imports = typer.Typer(help="Import recordings and transcripts.", no_args_is_help=True)
rehearsals = typer.Typer(
    help="Begin rehearsals, and delete them whole.", no_args_is_help=True
)
app.add_typer(meetings, name="meeting")
captions = typer.Typer(help="Speech models for captions.", no_args_is_help=True)
app.add_typer(rehearsals, name="rehearsal")
app.add_typer(imports, name="import")
app.add_typer(captions, name="captions")
mails = typer.Typer(help="Letters that came back.", no_args_is_help=True)
app.add_typer(mails, name="mail")

UNKNOWN_LOOKS = 20

screen = Console()
errors = Console(stderr=True)

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Data directory (default: recordings).", file_okay=False
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar="FOLKMOOT_CONFIG", help="Settings file (TOML)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _settings(
    config: Path | None, data: Path | None, **given: Any
) -> tuple[Settings, DataDir]:
    overrides = {"store.data_dir": str(data) if data else None} | {
        name.replace("__", "."): value for name, value in given.items()
    }
    settings = load_settings(config, overrides=overrides)
    folder = DataDir(Path(settings.store.data_dir).resolve())
    folder.make()
    return settings, folder


def _ask(
    config: Path | None,
    data: Path | None,
    work: Callable[[Service], Awaitable[Any]],
) -> Any:
    """Run `work` against the running service or a private one."""
    from folkmoot.serving import start_private  # noqa: PLC0415 (slow to import)

    settings, folder = _settings(config, data)

    async def go() -> Any:
        async with reach_service(folder, settings, start_private) as service:
            return await work(service)

    return asyncio.run(go())


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=errors,
    )


# --- serve -----------------------------------------------------------------


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="HTTP port; 0 takes a free one.")
    ] = None,
    rtmp_port: Annotated[
        int | None, typer.Option(help="RTMP port; 0 takes a free one.")
    ] = None,
    tls_cert: Annotated[
        str | None, typer.Option(help="Certificate chain (PEM).")
    ] = None,
    tls_key: Annotated[str | None, typer.Option(help="Its private key (PEM).")] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Start the service; it prints its address and a sign-in link for staff."""
    from folkmoot.serving import serve_until_stopped  # noqa: PLC0415

    settings, folder = _settings(
        config,
        data,
        server__host=host,
        server__port=port,
        media__rtmp_port=rtmp_port,
        server__tls_cert=tls_cert,
        server__tls_key=tls_key,
    )
    serve_until_stopped(settings, folder, say=_say)


@app.command()
def demo(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="HTTP port; 0 takes a free one.")
    ] = None,
    rtmp_port: Annotated[
        int | None, typer.Option(help="RTMP port; 0 takes a free one.")
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Start the service with a demonstration: a meeting in progress."""
    from folkmoot.serving import serve_until_stopped  # noqa: PLC0415

    settings, folder = _settings(
        config,
        data or Path("recordings/demo"),
        server__host=host,
        server__port=port,
        media__rtmp_port=rtmp_port,
    )
    serve_until_stopped(settings, folder, say=_say, demo=True)


def _say(line: str) -> None:
    screen.print(escape(line), highlight=False, soft_wrap=True)


# --- meetings --------------------------------------------------------------


@meetings.command("create")
def create_meeting(
    *,
    title: Annotated[str, typer.Option(help="What the meeting is called.")],
    slug: Annotated[str | None, typer.Option(help="Its address part.")] = None,
    series: Annotated[str | None, typer.Option(help="The series it is in.")] = None,
    room: Annotated[
        list[str] | None, typer.Option(help="A room's name; may be repeated.")
    ] = None,
    slot: Annotated[
        list[str] | None,
        typer.Option(help="A time as START/END (ISO 8601); may be repeated."),
    ] = None,
    starts_at: Annotated[str | None, typer.Option(help="Start (ISO 8601).")] = None,
    visibility: Annotated[str, typer.Option(help="public|unlisted|private")] = "public",
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a meeting; prints its addresses, and each room's stream key."""
    body: dict[str, Any] = {"title": title, "visibility": visibility}
    body |= {
        name: value
        for name, value in (
            ("slug", slug),
            ("series", series),
            ("starts_at", starts_at),
        )
        if value
    }
    body["rooms"] = [{"name": name} for name in room or ["Main room"]]
    body["slots"] = [_slot(text) for text in slot or []]
    made = _ask(config, data, lambda s: s.post("/api/v1/meetings", body))
    if as_json:
        _print_json(made)
        return
    screen.print(f"[bold]{escape(title)}[/bold]  {made['urls']['page']}")
    for each in made["rooms"]:
        screen.print(
            f"  {escape(each['name'])}: {each['ingest']['rtmp_url']}  key "
            f"{each['ingest']['stream_key']}",
            soft_wrap=True,
        )


def _slot(text: str) -> dict[str, str]:
    starts_at, slash, ends_at = text.partition("/")
    if not slash:
        raise typer.BadParameter(f"{text!r} is not START/END.", param_hint="--slot")
    return {"starts_at": starts_at, "ends_at": ends_at}


@meetings.command("copy")
def copy_meeting(
    slug: str,
    *,
    title: Annotated[str | None, typer.Option(help="The copy's title.")] = None,
    new_slug: Annotated[str | None, typer.Option(help="Its address part.")] = None,
    starts_at: Annotated[str | None, typer.Option(help="Start (ISO 8601).")] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a meeting with the rooms, times, scope and rules of another."""
    wanted = (("title", title), ("slug", new_slug), ("starts_at", starts_at))
    body = {name: value for name, value in wanted if value}
    made = _ask(config, data, lambda s: s.post(f"/api/v1/meetings/{slug}/copy", body))
    if as_json:
        _print_json(made)
        return
    screen.print(f"[bold]{escape(made['title'])}[/bold]  {made['urls']['page']}")


@meetings.command("list")
def list_meetings(
    *,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """List all meetings."""
    answer = _ask(config, data, lambda s: s.get("/api/v1/meetings"))
    if as_json:
        _print_json(answer)
        return
    table = Table("Address", "Title", "State", "Start")
    for meeting in answer["meetings"]:
        table.add_row(
            meeting["slug"],
            escape(meeting["title"]),
            meeting["state"],
            meeting.get("starts_at") or "",
        )
    screen.print(table if answer["meetings"] else "No meetings yet.")


@meetings.command("show")
def show_meeting(
    slug: str,
    *,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a meeting as the public sees it."""
    answer = _ask(config, data, lambda s: s.get(f"/api/v1/meetings/{slug}"))
    if as_json:
        _print_json(answer)
        return
    screen.print(f"[bold]{escape(answer['title'])}[/bold] ({answer['state']})")
    for room in answer["rooms"]:
        screen.print(f"  {escape(room['name'])}  {room['playback_url']}")


@rehearsals.command("begin")
def begin_rehearsal(
    slug: str,
    *,
    borrow_encoders: Annotated[
        bool, typer.Option(help="What the meeting's encoders send goes to it.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a private copy of a meeting to practise on."""
    path = f"/api/v1/meetings/{slug}/rehearsal"
    body = {"borrow_encoders": borrow_encoders}
    made = _ask(config, data, lambda s: s.post(path, body))
    if as_json:
        _print_json(made)
        return
    screen.print(f"{made['urls']['desk']}  is deleted at {made['ends_at']}")


@rehearsals.command("end")
def end_rehearsal(
    slug: str, *, data: DataOption = None, config: ConfigOption = None
) -> None:
    """Delete a rehearsal whole; a real meeting is refused."""
    path = f"/api/v1/meetings/{slug}/rehearsal"
    _ask(config, data, lambda s: s.delete(path))
    screen.print(f"The rehearsal {escape(slug)} is deleted.")


@meetings.command("end")
def end_meeting(
    slug: str, *, data: DataOption = None, config: ConfigOption = None
) -> None:
    """End a meeting; its archive stands at once."""
    _ask(config, data, lambda s: _command(s, slug, "meeting.end"))
    screen.print(f"{escape(slug)} has ended; its archive plays at the same address.")


async def _command(service: Service, slug: str, kind: str) -> Any:
    from folkmoot.core.ids import random_text  # noqa: PLC0415

    answer = await service.post(
        f"/api/v1/meetings/{slug}/commands",
        {
            "client_id": f"cli-{random_text(12)}",
            "client_seq": 1,
            "type": kind,
            "data": {},
        },
    )
    if not answer["ok"]:
        raise ServiceSaidNo(answer["message"])
    return answer


@app.command()
def publish(
    slug: str,
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    *,
    room: Annotated[str | None, typer.Option(help="Room (id or slug).")] = None,
    loop: Annotated[bool, typer.Option(help="Begin again after the last.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Send films to a room as a camera would, one after the other, in real time."""
    from folkmoot.media.encode.ffmpeg import find_ffmpeg  # noqa: PLC0415
    from folkmoot.media.ingest.reading import FilmUnreadable, look_at  # noqa: PLC0415

    async def work(service: Service) -> None:
        ffmpeg = find_ffmpeg()
        try:
            films = [await look_at(ffmpeg, file) for file in files]
        except FilmUnreadable as error:
            raise ServiceSaidNo(f"A film can't be read: {error}.") from None
        where = await _room(service, slug, room)
        wanted = where.rsplit("/", 1)[1]
        made = await service.get(f"/api/v1/meetings/{slug}/keys")
        key = next(
            each["ingest"]["stream_key"]
            for each in made["rooms"]
            if wanted in (each["id"], each["slug"])
        )
        screen.print("Sending. Ctrl+C ends it.")
        await publish_films(service, f"/push/{key}", films, ffmpeg=ffmpeg, loop=loop)

    _ask(config, data, work)
    screen.print("The films have ended.")


@mails.command("returned")
def read_returned(
    report: Annotated[
        Path | None, typer.Argument(help="The report; without it, standard input.")
    ] = None,
    *,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """End the subscription of a letter that came back because its mailbox is gone.

    For a mail server's pipe: it reads one report and ends well for any other mail.
    """
    from folkmoot.mail.returned import find_stop_token  # noqa: PLC0415

    token = find_stop_token(report.read_bytes() if report else sys.stdin.buffer.read())
    if token is None:
        screen.print("Not of a mailbox that is gone; nothing ends.")
        return
    _ask(config, data, lambda s: s.press(f"/mail/stop/{token}"))
    screen.print("The subscription has ended, and its address is deleted.")


# --- imports ---------------------------------------------------------------


@imports.command("video")
def import_video(
    slug: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    room: Annotated[str | None, typer.Option(help="Room (id or slug).")] = None,
    starts_at: Annotated[
        str | None, typer.Option(help="When its first second was (ISO 8601).")
    ] = None,
    fill: Annotated[
        bool,
        typer.Option(help="Fill the gaps of a lost signal; its sound says where."),
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Put a video file into a room's archive; the same file twice changes nothing."""
    said = ""

    async def work(service: Service) -> Any:
        where = await _room(service, slug, room)
        nonlocal said
        query = {"starts_at": starts_at} if starts_at else {}
        if fill:
            query["fill"] = "true"
        with _progress() as bar:
            sending = bar.add_task(f"Sending {file.name}", total=file.stat().st_size)
            answer = await send_film(
                service,
                f"{where}/recording",
                file,
                query=query,
                on_bytes=lambda count: bar.advance(sending, count),
            )
            making = bar.add_task("Making the recording", total=1.0)
            status: dict[str, Any] = {}
            unknown = 0
            # A service that was just started again has yet to take the work up.
            while unknown < UNKNOWN_LOOKS:
                status = await service.get(f"{where}/recording/import")
                bar.update(making, completed=status["progress"])
                if status["state"] in ("done", "failed"):
                    break
                unknown = unknown + 1 if status["state"] == "none" else 0
                await asyncio.sleep(0.5)
        if status.get("state") == "failed":
            raise ServiceSaidNo(status["message"])
        said = status.get("message", "")
        return answer

    _ask(config, data, work)
    screen.print(
        escape(said) or f"{escape(file.name)} is in the archive of {escape(slug)}."
    )


@imports.command("transcript")
def import_transcript(
    slug: str,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    room: Annotated[str | None, typer.Option(help="Room (id or slug).")] = None,
    starts_at: Annotated[
        str | None, typer.Option(help="When its first second was (ISO 8601).")
    ] = None,
    replace_all: Annotated[
        bool, typer.Option("--replace-all", help="Replace corrected cues too.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Import a transcript; the same file twice changes nothing.

    WebVTT, SRT, TTML, SBV, JSON, text, DOCX and ODT, also as Zoom, Teams and YouTube
    write them. A text without times takes those of the captions made in the room.
    """

    async def work(service: Service) -> Any:
        where = await _room(service, slug, room)
        query = {"name": file.name} | ({"starts_at": starts_at} if starts_at else {})
        if replace_all:
            query["replace"] = "all"
        with _progress() as bar:
            sending = bar.add_task(file.name, total=file.stat().st_size)
            return await service.put_file(
                f"{where}/transcript",
                file,
                media_type="application/octet-stream",
                query=query,
                on_bytes=lambda count: bar.advance(sending, count),
            )

    answer = _ask(config, data, work)
    agreed = answer.get("agreement")
    how = f", timed by {agreed:.0%} of their words" if agreed else ""
    screen.print(f"{escape(file.name)}: {answer['cues']} cues{how}.")


async def _room(service: Service, slug: str, room: str | None) -> str:
    """Return the API address of a room: the one named, else the only or first."""
    meeting = await service.get(f"/api/v1/meetings/{slug}")
    rooms = meeting["rooms"]
    chosen = [r for r in rooms if room in (None, r["id"], r["slug"])]
    if not chosen:
        names = ", ".join(r["slug"] for r in rooms)
        raise ServiceSaidNo(f"{slug} has no room {room!r}; it has {names}.")
    return f"/api/v1/meetings/{slug}/rooms/{chosen[0]['id']}"


# --- search and upkeep -----------------------------------------------------


@app.command()
def search(
    query: str,
    *,
    meeting: Annotated[str | None, typer.Option(help="Only in this meeting.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Search everything said and written."""
    given = {"q": query, "limit": str(limit)} | (
        {"meeting": meeting} if meeting else {}
    )
    answer = _ask(config, data, lambda s: s.get("/api/v1/search", **given))
    if as_json:
        _print_json(answer)
        return
    for hit in answer["hits"]:
        who = hit.get("speaker") or hit["kind"]
        screen.print(f"[bold]{escape(hit['meeting']['title'])}[/bold]  {escape(who)}")
        text = hit["snippet_html"].replace("<mark>", "").replace("</mark>", "")
        screen.print(f"  {escape(text)}")
        screen.print(f"  [dim]{escape(hit['url'])}[/dim]", soft_wrap=True)
    screen.print(f"{answer['total']} found in {answer['took_ms']:.0f} ms.")


@app.command()
def reindex(*, data: DataOption = None, config: ConfigOption = None) -> None:
    """Rebuild the search index beside the old one, then swap."""
    _ask(config, data, lambda s: _follow(s, "reindex", {}))
    screen.print("The index is rebuilt.")


@app.command()
def verify(
    slug: Annotated[str | None, typer.Argument(help="Only this meeting.")] = None,
    *,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Check recordings and journal, and repair them to the last whole part."""
    found = _ask(config, data, lambda s: _follow(s, "verify", {"meeting": slug}))
    if as_json:
        _print_json(found)
        return
    for line in found.get("findings", []):
        screen.print(f"  {escape(line)}", soft_wrap=True)
    screen.print(
        "All is whole." if found.get("whole") else "Something is missing; see above."
    )


async def _follow(service: Service, name: str, body: dict[str, Any]) -> dict[str, Any]:
    last: dict[str, Any] = {}
    with _progress() as bar:
        task = bar.add_task(name, total=1.0)
        async for line in service.follow(f"/api/v1/operations/{name}", body):
            last = line
            bar.update(task, completed=line.get("progress", 0.0))
    if last.get("error"):
        raise ServiceSaidNo(last["error"])
    return last


@app.command()
def export(
    slug: str,
    dest: Annotated[Path, typer.Argument(help="The zip file to write.")],
    *,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Write everything public of a meeting as open files."""

    async def work(service: Service) -> None:
        with _progress() as bar:
            task = bar.add_task(dest.name, total=None)
            await service.download(
                f"/api/v1/meetings/{slug}/export.zip",
                dest,
                lambda count: bar.advance(task, count),
            )

    _ask(config, data, work)
    screen.print(f"{escape(slug)} is in {escape(str(dest))}.")


@app.command()
def doctor(
    *,
    as_json: JsonOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what is missing on this machine and how to get it."""
    from folkmoot.doctor import examine  # noqa: PLC0415

    settings, folder = _settings(config, data)
    findings = asyncio.run(examine(settings, folder))
    if as_json:
        _print_json([finding.to_dict() for finding in findings])
    else:
        for finding in findings:
            mark = {"ok": "[green]ok[/green]", "warn": "[yellow]note[/yellow]"}.get(
                finding.level, "[red]missing[/red]"
            )
            screen.print(f"{mark:>8}  {escape(finding.text)}", soft_wrap=True)
    if any(finding.level == "missing" for finding in findings):
        raise typer.Exit(1)


@captions.command("download")
def download_speech_model(
    name: Annotated[
        str, typer.Argument(help="tiny.en, base, small, … or publisher/name.")
    ],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Fetch a speech model into the data directory; needs the internet."""
    from folkmoot.transcripts.recognition import models  # noqa: PLC0415

    _, folder = _settings(config, data)
    try:
        model = models.download(name, folder.models)
    except models.ModelMissing as missing:
        errors.print(f"[red]folkmoot:[/red] {escape(str(missing))}", soft_wrap=True)
        raise typer.Exit(1) from None
    screen.print(f"{model.name} is in {model.path}", soft_wrap=True)


def main() -> None:
    """Run the command line; errors for people are one line and exit code 1."""
    try:
        app()
    except (SettingsError, ServiceSaidNo, DataDirInUse, DataDirUnusable) as error:
        errors.print(f"[red]folkmoot:[/red] {escape(str(error))}", soft_wrap=True)
        raise SystemExit(1) from None
