"""/docs: Swagger UI with all its files from here, since a school's closed network does not reach a public CDN.

Its addresses are relative, so that the page works behind a proxy that serves it under a prefix.
"""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

_HERE: Final = Path(__file__).parent
_PAGE: Final = (_HERE / "page.html").read_text(encoding="utf-8")

# The browser itself holds the page to asking nobody else.
_POLICY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

# Of the package only the files are used; none of its code is imported.
_SWAGGER_UI: Final = StaticFiles(packages=[("fastapi_swagger", "resources")])
_OURS: Final = StaticFiles(directory=_HERE)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers=_POLICY)


@router.get("/docs/start.js")
async def start(request: Request) -> Response:
    return await _file(_OURS, "start.js", request)


@router.get("/docs/swagger-ui-bundle.js")
@router.get("/docs/swagger-ui.css")
@router.get("/docs/favicon-32x32.png")
async def swagger_ui(request: Request) -> Response:
    """One of Swagger UI's files, with an entity tag."""
    return await _file(_SWAGGER_UI, request.url.path.rpartition("/")[2], request)


async def _file(files: StaticFiles, name: str, request: Request) -> Response:
    """The whole file, whatever range of it is asked for, as RFC 9110 (14.2) allows.

    Starlette's response looks for the range itself, and refuses in plain text the ones that it cannot give.
    """
    request.scope["headers"] = [header for header in request.scope["headers"] if header[0] != b"range"]
    return await files.get_response(name, request.scope)
