"""Credentials: the token in a request, as Bearer or in a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from folkmoot.core.refusals import Refusal
from folkmoot.gateway.principals import VISITOR, Principal
from folkmoot.gateway.tokens import SESSION_TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from folkmoot.gateway.identity import Identity

PLAIN_COOKIE = "folkmoot"
SECURE_COOKIE = "__Host-folkmoot"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Credentials:
    """Reads and writes the one cookie; `public_url` says whether it is secure."""

    def __init__(self, identity: Identity, *, public_url: str = "") -> None:
        self._identity = identity
        self._secure = public_url.startswith("https://")
        self._public_host = urlsplit(public_url).netloc

    @property
    def cookie_name(self) -> str:
        """The cookie's name; `__Host-` binds it to this host and to https."""
        return SECURE_COOKIE if self._secure else PLAIN_COOKIE

    def find_token(self, request: web.Request) -> str | None:
        """Return the token that a request shows."""
        return _bearer(request) or request.cookies.get(self.cookie_name)

    async def identify(self, request: web.Request) -> Principal:
        """Return who asks.

        A wrong Bearer token is an error (`bad_token`): a program should know. A
        cookie that no longer holds makes a visitor. A cookie doesn't count for
        changes that another site's page asks for (`cross_site`).
        """
        if (token := _bearer(request)) is not None:
            return await self.identify_token(token)
        token = request.cookies.get(self.cookie_name)
        if token is None:
            return VISITOR
        if request.method not in SAFE_METHODS and not self.is_own_page(
            request.headers, host=request.host
        ):
            raise Refusal("cross_site", "This was asked for by another site's page.")
        return await self._identity.tokens.find(token) or VISITOR

    async def identify_token(self, token: str) -> Principal:
        """Return whose token this is, or raise `bad_token`."""
        principal = await self._identity.tokens.find(token)
        if principal is None:
            raise Refusal("bad_token", "This token is not known or no longer valid.")
        return principal

    def is_own_page(self, headers: Mapping[str, str], *, host: str) -> bool:
        """Whether a request comes from our own page, or from no page at all."""
        site = headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in {"same-origin", "none"}
        return self.is_own_origin(headers.get("Origin"), headers, host=host)

    def is_own_origin(
        self, origin: str | None, headers: Mapping[str, str], *, host: str
    ) -> bool:
        """Whether an Origin is ours; programs, which send none, are welcome."""
        if origin is None:
            return True
        # A page can't set X-Forwarded-Host across sites without our consent.
        ours = {host, self._public_host, headers.get("X-Forwarded-Host", "")}
        return urlsplit(origin).netloc in ours - {""}

    def remember(self, response: web.StreamResponse, token: str) -> None:
        """Put a token into the cookie of this device."""
        response.set_cookie(
            self.cookie_name,
            token,
            max_age=int(SESSION_TIME.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self._secure,
        )

    def forget(self, response: web.StreamResponse) -> None:
        """Take the cookie off this device."""
        response.del_cookie(self.cookie_name, path="/", secure=self._secure)


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
