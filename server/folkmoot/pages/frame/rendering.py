"""Templates, compiled when the service starts, and the answers made from them."""

from __future__ import annotations

import secrets
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from folkmoot.pages.frame.assets import Assets
from folkmoot.pages.frame.compiled import CompiledTemplates
from folkmoot.pages.frame.flash import drop_flash
from folkmoot.pages.frame.page import Page
from folkmoot.pages.watching.streams import offer_streams
from folkmoot.pages.wording.prose import render_prose, shorten


class Renderer:
    """Renders a page's one value with the template of its name."""

    def __init__(self, templates: Path, assets: Assets) -> None:
        compiled = CompiledTemplates()
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            bytecode_cache=compiled,
        )
        self._environment.filters |= {"prose": _prose, "shorten": shorten}
        self._environment.globals |= {
            "assets": assets,
            "new_client_id": _new_client_id,
            "offer_streams": offer_streams,
        }
        compiled.follow(self._environment)
        # Read and compiled now, so that no request ever waits for the disk.
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def render(self, template: str, page: Page) -> str:
        """Return a page's HTML."""
        return self._environment.get_template(template).render(page=page)

    def render_macro(self, template: str, macro: str, value: object) -> str:
        """Return what one macro without context makes of a value."""
        module = self._environment.get_template(template).module
        return str(getattr(module, macro)(value)).strip()

    def respond(self, template: str, page: Page, *, status: int = 200) -> web.Response:
        """Return a page as an answer that nobody keeps: it may be somebody's own."""
        response = web.Response(
            text=self.render(template, page),
            content_type="text/html",
            charset="utf-8",
            status=status,
            headers={"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"},
        )
        # People on slow lines wait for bytes; forms carry masked tokens (see csrf).
        response.enable_compression()
        if page.flash is not None:
            drop_flash(response)
        return response


RENDERER: web.AppKey[Renderer] = web.AppKey("pages.renderer", Renderer)


def _prose(text: str) -> Markup:
    return render_prose(text)


def _new_client_id() -> str:
    return secrets.token_urlsafe(12)
