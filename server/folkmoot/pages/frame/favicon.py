"""Small files that browsers and crawlers ask for by name."""

from __future__ import annotations

from aiohttp import web

# A ring of people with an opening, and one who speaks in the middle.
MARK = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#17624f"/><g fill="#fff">
<circle cx="16" cy="6.400" r="2.400"/><circle cx="22.800" cy="9.200" r="2.400"/>
<circle cx="25.600" cy="16" r="2.400"/><circle cx="22.800" cy="22.800" r="2.400"/>
<circle cx="9.200" cy="22.800" r="2.400"/><circle cx="6.400" cy="16" r="2.400"/>
<circle cx="9.200" cy="9.200" r="2.400"/></g>
<circle cx="16" cy="16" r="3.200" fill="#ffb4a8"/></svg>
"""
# Pages of one's own and searches have no end; recordings are for people.
ROBOTS = "User-agent: *\nDisallow: /desk\nDisallow: /search\nDisallow: /media/\n"
_DAY = {"Cache-Control": "public, max-age=86400"}


async def show_favicon(_request: web.Request) -> web.Response:
    """Answer `/favicon.svg`, and those who ask for `.ico`."""
    return web.Response(text=MARK, content_type="image/svg+xml", headers=_DAY)


async def show_robots(_request: web.Request) -> web.Response:
    """Answer `/robots.txt`."""
    return web.Response(text=ROBOTS, headers=_DAY)
