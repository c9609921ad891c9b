"""GET /openapi.json: the HTTP API's own description, from the models it checks with (OpenAPI 3.1)."""

from typing import Any

from pydantic.json_schema import models_json_schema

from backend.http.sessions_api import CURSOR_PATTERN, IDEMPOTENCY_KEY_PATTERN, MAX_PAGE_SIZE, PAGE_SIZE
from backend.problems import PROBLEM_JSON
from pylib.protocol.figures import MAX_BATCH_BYTES
from pylib.protocol.languages import ISO_639_1
from pylib.protocol.sessions import (
    SESSION_ID_PATTERN,
    ProblemDetails,
    SessionConfig,
    SessionMetadata,
    SessionPage,
    SessionUpdateRequest,
)

_ANSWERS = {
    200: "As asked.",
    201: "The session, or with Idempotent-Replayed the answer given before.",
    204: "Ended.",
    304: "Not changed since the given ETag.",
    400: "The request is wrong.",
    401: "The token is missing, wrong or expired.",
    403: "The session belongs to somebody else.",
    404: "There is no such session.",
    405: "This address does not offer that method.",
    408: "The request took too long to arrive.",
    409: "The session has ended, or the same request is still being worked on.",
    412: "The session was changed in the meantime.",
    413: "The body is larger than 64 KiB.",
    415: "The body is compressed.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many sessions in an hour, too many calls, or too many wrong codes.",
    500: "Something broke.",
    503: "Something that the server needs is away for the moment; see Retry-After.",
}


def describe(version: str, listeners_bound: int) -> dict[str, Any]:
    """The whole document; `listeners_bound` is how many listeners a session of this server may have."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lectern", "version": version, "description": "Sessions over HTTP."},
        "paths": {
            "/sessions": {"post": _create(), "get": _list()},
            "/sessions/{sessionId}": {
                "parameters": [_session_id()],
                "get": _get(),
                "patch": _update(),
                "delete": _delete(),
            },
            "/health": {"get": _plain("The process lives.")},
            "/ready": {"get": _plain("The process can serve.", 503)},
            "/figures": {"post": _figures()},
            "/openapi.json": {"get": _plain("This description.")},
        },
        "components": {
            "schemas": _schemas(listeners_bound),
            "securitySchemes": {"idToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _create() -> dict[str, Any]:
    key = _header("Idempotency-Key", "One UUID per user action.", {"pattern": IDEMPOTENCY_KEY_PATTERN})
    return {
        **_secured("createSession", "Create a session."),
        "parameters": [key],
        "requestBody": _body("SessionConfig"),
        "responses": {
            "201": _answer(201, "SessionMetadata", "Location", "ETag", "Idempotent-Replayed"),
            **_problems(400, 401, 408, 409, 422, 429),
        },
    }


def _list() -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
    return {
        **_secured("listSessions", "Your own sessions, newest first."),
        "parameters": [
            _query("limit", limit),
            _query("cursor", {"type": "string", "pattern": CURSOR_PATTERN}),
        ],
        "responses": {"200": _answer(200, "SessionPage"), **_problems(400, 401, 429)},
    }


def _get() -> dict[str, Any]:
    return {
        "operationId": "getSession",
        "summary": "One session; needs no token.",
        "parameters": [_header("If-None-Match", "An ETag.", {})],
        "responses": {
            "200": _answer(200, "SessionMetadata", "ETag"),
            "304": {"description": _ANSWERS[304]},
            **_problems(404, 429),
        },
    }


def _update() -> dict[str, Any]:
    return {
        **_secured("updateSession", "Pause, resume or end a session, or change what it says of itself."),
        "parameters": [_header("If-Match", "An ETag.", {})],
        "requestBody": _body("SessionUpdateRequest"),
        "responses": {
            "200": _answer(200, "SessionMetadata", "ETag"),
            **_problems(400, 401, 403, 404, 408, 409, 412, 429),
        },
    }


def _delete() -> dict[str, Any]:
    return {
        **_secured("deleteSession", "End a session; again is fine."),
        "responses": {"204": {"description": _ANSWERS[204]}, **_problems(401, 403, 404, 429)},
    }


def _plain(summary: str, *problems: int, media: str = "application/json") -> dict[str, Any]:
    schema = {"type": "string"} if media == "text/plain" else {"type": "object"}
    answer = {"description": _ANSWERS[200], "content": {media: {"schema": schema}}}
    return {"summary": summary, "responses": {"200": answer, **_problems(*problems)}}


def _figures() -> dict[str, Any]:
    schema = {"type": "string", "maxLength": MAX_BATCH_BYTES}
    return {
        "operationId": "tellFigures",
        "summary": "What happened on a page, without any id. Whatever is wrong with it is dropped.",
        "requestBody": {"required": True, "content": {"text/plain": {"schema": schema}}},
        "responses": {"204": {"description": "Taken, or dropped."}, **_problems(400, 403, 408)},
    }


def _secured(operation_id: str, summary: str) -> dict[str, Any]:
    return {"operationId": operation_id, "summary": summary, "security": [{"idToken": []}]}


def _session_id() -> dict[str, Any]:
    schema = {"type": "string", "pattern": SESSION_ID_PATTERN, "maxLength": 64}
    return {"name": "sessionId", "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _header(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": text, "schema": {"type": "string", **schema}}


def _body(model: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(model)}}}


def _answer(status: int, model: str, *headers: str) -> dict[str, Any]:
    return {
        "description": _ANSWERS[status],
        "headers": {name: {"schema": {"type": "string"}} for name in headers},
        "content": {"application/json": {"schema": _ref(model)}},
    }


def _problems(*statuses: int) -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": _ref("ProblemDetails")}}
    return {
        str(status): {"description": _ANSWERS[status], "content": content}
        for status in sorted({*statuses, 405, 413, 415, 500, 503})
    }


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}


def _schemas(listeners_bound: int) -> dict[str, Any]:
    """The models' own schemas, and what their checks know beyond JSON Schema."""
    asked = (SessionConfig, SessionUpdateRequest)
    told = (SessionMetadata, SessionPage, ProblemDetails)
    wanted: list[tuple[Any, Any]] = [(model, "validation") for model in asked]
    wanted += [(model, "serialization") for model in told]
    _, document = models_json_schema(wanted, by_alias=True, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = document["$defs"]
    languages = {"type": "string", "enum": sorted(ISO_639_1)}
    schemas["SessionConfig"]["properties"]["sourceLanguage"] = languages
    update = schemas["SessionUpdateRequest"]
    update["minProperties"] = 1
    # None is how Python says "not given"; on the wire a null is refused.
    update["properties"] = {
        name: next(choice for choice in field["anyOf"] if choice.get("type") != "null")
        for name, field in update["properties"].items()
    }
    update["properties"]["sourceLanguage"] = languages
    update["properties"]["maxListeners"]["maximum"] = listeners_bound
    return schemas
