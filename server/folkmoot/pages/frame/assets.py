"""The built front end: its hashed names, and the route that serves them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

ENTRY = "src/boot.ts"
LIVE, PLAYER = "src/main.ts", "src/elements/player.ts"
EDITOR = "src/elements/editor.ts"
# What pages of a kind run beside their entry as soon as they are there.
EARLY = {
    "meeting": (LIVE, PLAYER),
    "session": (LIVE, PLAYER),
    "transcript-editor": (LIVE, EDITOR, PLAYER),
}
# What only some pages need; their templates name them in `more_styles`.
SHEETS = {"team": "styles/team.css", "hall": "styles/hall.css"}
WORKERS = {"table": "src/table/worker.ts", "offline": "src/offline/worker.ts"}
WORKER_FILES: web.AppKey[dict[str, Path]] = web.AppKey("pages.worker_files")
_YEAR_SECONDS = 31_536_000
_PACKAGE = Path(__file__).parents[2]
# Inside the wheel, then in a checkout.
_PLACES = (_PACKAGE / "web", _PACKAGE.parents[1] / "web")


class Assets(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses for the head of a page, and the directory behind `/static/`.

    `sheets` are style sheets beside `styles` for the pages that name them.
    `hashed` says that names change with their content, so they may be kept. `imports`
    are what the scripts begin with, so that the browser asks for all at once; `early`
    is for some kinds of pages what they run beside it, with blanks between: fetched
    early on lines that are not slow.
    """

    styles: tuple[str, ...]
    sheets: dict[str, str]
    scripts: tuple[str, ...]
    directory: Path | None
    hashed: bool
    imports: tuple[str, ...] = ()
    early: dict[str, str] = {}


def find_web() -> Path:
    """Return the directory that holds templates and the built front end."""
    for place in _PLACES:
        if (place / "templates").is_dir():
            return place
    raise FileNotFoundError("Folkmoot's templates are missing from this installation.")


def find_assets(web_root: Path, *, built: bool = True) -> Assets:
    """Read the manifest of the built front end.

    Without one, as in a checkout before the first build (or `built` false), pages use the style
    sheets as they are written and no script.
    """
    manifest = web_root / "dist" / ".vite" / "manifest.json"
    if built and manifest.is_file():
        return _read_manifest(json.loads(manifest.read_text("utf-8")), web_root)
    styles = web_root / "styles"
    return Assets(
        styles=("/static/styles/main.css",) if styles.is_dir() else (),
        sheets={name: f"/static/{source}" for name, source in SHEETS.items()},
        scripts=(),
        directory=web_root if styles.is_dir() else None,
        hashed=False,
    )


def add_static_route(app: web.Application, assets: Assets) -> None:
    """Serve `/static/`; hashed names for a year, others anew each time."""
    directory = assets.directory
    if directory is None:
        return
    if assets.hashed:
        app.router.add_static("/static/", directory, name="static")
    else:
        # Only the style sheets: the rest of a checkout is nobody's business.
        app.router.add_static("/static/styles/", directory / "styles", name="static")


def make_static_middleware(assets: Assets) -> web.middlewares._Middleware:  # type: ignore[name-defined]  # aiohttp keeps the type private
    """Return a middleware that says how long static files may be kept."""
    kept = (
        f"public, max-age={_YEAR_SECONDS}, immutable" if assets.hashed else "no-cache"
    )

    @web.middleware
    async def keep_static(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.path.startswith("/static/") and response.status in {200, 206, 304}:
            response.headers["Cache-Control"] = kept
        return response

    return keep_static


def find_workers(web_root: Path) -> dict[str, Path]:
    """Return the built service workers by name; none before a build."""
    manifest = web_root / "dist" / ".vite" / "manifest.json"
    if not manifest.is_file():
        return {}
    chunks = json.loads(manifest.read_text("utf-8"))
    return {
        name: web_root / "dist" / str(chunks[source]["file"])
        for name, source in WORKERS.items()
        if source in chunks
    }


def _read_manifest(manifest: dict[str, dict[str, object]], web_root: Path) -> Assets:
    entry = manifest.get(ENTRY) or next(
        chunk for chunk in manifest.values() if chunk.get("isEntry")
    )
    styles = [str(name) for name in _strings(entry.get("css"))]
    return Assets(
        styles=tuple(f"/static/{name}" for name in styles),
        sheets={
            name: f"/static/{manifest[source]['file']}"
            for name, source in SHEETS.items()
            if source in manifest  # not in one built before there were any
        },
        scripts=(f"/static/{entry['file']}",),
        directory=web_root / "dist",
        hashed=True,
        imports=_with_imports(manifest, ENTRY)[1:],
        early={
            page: " ".join(_with_imports(manifest, *sources))
            for page, sources in EARLY.items()
        },
    )


def _with_imports(
    manifest: dict[str, dict[str, object]], *sources: str
) -> tuple[str, ...]:
    """Return the files of modules and of all that they import at once."""
    found: dict[str, None] = {}
    waiting = [source for source in reversed(sources) if source in manifest]
    while waiting:
        chunk = manifest[waiting.pop()]
        name = f"/static/{chunk['file']}"
        if name not in found:
            found[name] = None
            waiting += [str(each) for each in _strings(chunk.get("imports"))]
    return tuple(found)


def _strings(value: object) -> list[object]:
    return value if isinstance(value, list) else []
