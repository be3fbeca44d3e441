"""The OpenAPI document, made from the table of operations and their structs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from folkmoot import __version__
from folkmoot.api.problems import MEDIA_TYPE, ProblemDocument

if TYPE_CHECKING:
    from folkmoot.api.operations import Operation

REF = "#/components/schemas/{name}"
_VARIABLE = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_BINARY = {"type": "string", "format": "binary"}


def build_document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document of OpenAPI 3.1."""
    kinds = [ProblemDocument]
    for operation in operations:
        kinds += [
            kind for kind in (operation.body, operation.answer) if _is_struct(kind)
        ]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = plain_path(operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Folkmoot",
            "version": __version__,
            "description": "Public meetings: webcast, board, threads, search.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def plain_path(path: str) -> str:
    """Return an address without the patterns of its variables."""
    return _VARIABLE.sub(r"{\1}", path)


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_variables(operation.path), *_parameters(operation.query)],
        "responses": {
            str(operation.status): {
                "description": "Done.",
                "content": {operation.gives: {"schema": _schema(operation.answer)}},
            },
            "default": {
                "description": "A problem.",
                "content": {MEDIA_TYPE: {"schema": _schema(ProblemDocument)}},
            },
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {
                kind: {"schema": _schema(operation.body)} for kind in operation.takes
            },
        }
    return described


def _variables(path: str) -> list[dict[str, Any]]:
    described = []
    for name, pattern in _VARIABLE.findall(path):
        schema: dict[str, Any] = {"type": "string"}
        if pattern:
            schema["enum"] = pattern.split("|")
        described.append(
            {"name": name, "in": "path", "required": True, "schema": schema}
        )
    return described


def _parameters(query: Any) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema, components = msgspec.json.schema_components([query], ref_template=REF)
    del schema
    told = components[query.__name__]
    required = set(told.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": one}
        for name, one in told["properties"].items()
    ]


def _schema(kind: Any) -> dict[str, Any]:
    if kind is bytes:
        return _BINARY
    if _is_struct(kind):
        return {"$ref": REF.format(name=kind.__name__)}
    return {"type": "object"}


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
