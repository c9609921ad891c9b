"""A peer: GET on Starlette and uvicorn. `python -m tests.bench.http_starlette render|keep PORT`.

It checks the id as ours does and answers with the same model, rendered for each request or once.
"""

import sys
from functools import lru_cache

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pylib.protocol.plain import is_session_id
from pylib.protocol.sessions import SessionMetadata

SESSION_ID = "golden-eagle-427"


def _render(session_id: str) -> str:
    return SessionMetadata(
        session_id=session_id,
        speaker_id="0123456789abcdef0123456789abcdef",
        source_language="en",
        quality_tier="standard",
        status="active",
        created_at=1_700_000_000_000,
        updated_at=1_700_000_000_000,
        expires_at=1_700_007_200_000,
        max_listeners=500,
    ).model_dump_json(by_alias=True)


def main() -> None:
    """Serve on uvloop and httptools, the fastest that uvicorn has, without an access log."""
    render = lru_cache(_render) if sys.argv[1] == "keep" else _render

    async def get(request: Request) -> Response:
        session_id = request.path_params["session_id"]
        if not is_session_id(session_id) or session_id != SESSION_ID:
            return Response(status_code=404)
        headers = {"ETag": '"1.0"', "Cache-Control": "no-cache"}
        return Response(render(session_id), media_type="application/json", headers=headers)

    app = Starlette(routes=[Route("/sessions/{session_id}", get)])
    port = int(sys.argv[2])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
