"""A request as a curl command, to run it elsewhere. The key is never in it."""

import shlex

from connections.api_request import ApiRequest

KEY = '"$CHARTMOGUL_API_KEY:"'
"""Expanded by the shell that runs the command."""


def command(request: ApiRequest, origin: str) -> str:
    """Return the request as a curl command, quoted for a shell."""
    parts = ["curl", "--request", request.method, "--user", KEY]
    for name, value in request.headers:
        parts += ["--header", shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        if "content-type" not in {name.lower() for name, _ in request.headers}:
            parts += ["--header", shlex.quote("Content-Type: application/json")]
        parts += ["--data-binary", shlex.quote(request.body.decode("utf-8", "replace"))]
    return " ".join([*parts, shlex.quote(origin + request.target)])
