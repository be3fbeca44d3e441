"""Bodies of requests: never more than their limit, strict in their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from aiohttp import web

from folkmoot.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PASSED_OVER_BYTES = 32 * 1024 * 1024


async def read_body(request: web.Request, *, limit_bytes: int) -> bytes:
    """Return the whole body; 413 as soon as it is past its limit."""
    length = request.content_length
    if length is not None and length > limit_bytes:
        if length <= PASSED_OVER_BYTES:
            # Many clients look at the answer only after they have sent it all.
            async for _ in request.content.iter_any():
                pass
        raise too_large(limit_bytes)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            raise too_large(limit_bytes)
    return bytes(body)


async def read_json(request: web.Request, kind: type[T], *, limit_bytes: int) -> T:
    """Return the body as a value; 400 for no JSON, 422 for one that doesn't fit."""
    return decode_json(await read_body(request, limit_bytes=limit_bytes), kind)


def decode_json(body: bytes, kind: type[T]) -> T:
    """Return JSON as a value; 400 for no JSON, 422 for one that doesn't fit."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Problem(422, "bad_fields", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "bad_json", f"This is not JSON: {error}") from error
    except RecursionError as error:
        raise Problem(400, "bad_json", "This JSON is nested too deeply.") from error


def read_query(request: web.Request, kind: type[T]) -> T:
    """Return the query string as a value; 422 for what doesn't fit."""
    names: dict[str, Any] = dict(request.query)
    try:
        return msgspec.convert(names, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise Problem(422, "bad_query", str(error)) from error


def json_response(
    value: Any, *, status: int = 200, encode: Callable[[Any], bytes] | None = None
) -> web.Response:
    """Return a value as JSON."""
    body = (encode or msgspec.json.encode)(value)
    return web.Response(
        status=status,
        body=body,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def too_large(limit_bytes: int) -> Problem:
    """Return the problem of a body past its limit."""
    return Problem(413, "too_large", f"At most {limit_bytes // 1024} KB fit here.")
