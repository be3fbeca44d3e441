"""The document describes the routes that are there, and no others."""

from __future__ import annotations

import re
from typing import Any

from folkmoot.api.openapi import build_document, plain_path
from folkmoot.api.operations import OPERATIONS
from tests.gateway.house import House


async def test_the_document_and_the_router_agree(house: House) -> None:
    _, document, _ = await house.ask("GET", "/api/v1/openapi.json")
    described = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
    }
    routed = {
        (route.method, plain_path(route.resource.canonical))
        for route in house.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    others = {("GET", "/api/v1/openapi.json")} | {
        (method, "/socket.io/") for method in ("GET", "POST", "OPTIONS")
    }
    assert described == routed - others
    assert others <= routed


def test_every_reference_is_defined() -> None:
    document = build_document(OPERATIONS)
    text = str(document)
    named = set(re.findall(r"#/components/schemas/([\w\[\]]+)", text))
    assert named <= set(document["components"]["schemas"])
    assert {"NewMeeting", "CommandRequest", "ProblemDocument"} <= named


def test_every_operation_says_what_it_does() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names))
    for operation in OPERATIONS:
        assert operation.summary.endswith("."), operation.name


def test_unknown_fields_are_said_to_be_refused() -> None:
    schemas: Any = build_document(OPERATIONS)["components"]["schemas"]
    for name in ("NewMeeting", "JoinMeeting", "CommandRequest", "NewInvite"):
        assert schemas[name]["additionalProperties"] is False
