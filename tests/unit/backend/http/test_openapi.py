import json
import re
from typing import Any

from backend.http.openapi import describe
from pylib.protocol.languages import ISO_639_1

DOCUMENT = describe("1", 2000)
OPERATIONS = {
    (path, method): operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
}


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT))
    assert names
    assert set(names) <= schemas.keys()


def test_every_operation_documents_its_problems() -> None:
    for operation in OPERATIONS.values():
        assert {"405", "500"} <= operation["responses"].keys()
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert answer["content"].keys() == {"application/problem+json"}


def test_the_operations_of_the_contract_are_there() -> None:
    ids = {operation.get("operationId") for operation in OPERATIONS.values()}
    assert ids >= {"createSession", "getSession", "updateSession", "deleteSession", "listSessions"}
    assert "security" not in OPERATIONS["/sessions/{sessionId}", "get"]


def test_the_schemas_say_what_the_checks_know() -> None:
    schemas: dict[str, Any] = DOCUMENT["components"]["schemas"]
    update = schemas["SessionUpdateRequest"]
    assert update["minProperties"] == 1
    assert update["additionalProperties"] is False
    assert update["properties"]["status"]["enum"] == ["active", "paused", "ended"]
    assert update["properties"]["maxListeners"] == {"type": "integer", "minimum": 1, "maximum": 2000}
    assert set(schemas["SessionConfig"]["properties"]["sourceLanguage"]["enum"]) == ISO_639_1
    assert "null" not in json.dumps(update)
