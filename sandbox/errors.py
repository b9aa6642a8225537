"""Error responses in the shapes that the real API was seen to use. The shapes have letters, each has its function."""

import json
from collections.abc import Mapping

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

NOT_FOUND_PAGE = """<!DOCTYPE html>
<html><head><title>Page not found</title></head>
<body><h1>Oops! That page doesn't exist.</h1></body></html>
"""


def to_json(value: object) -> str:
    """Return JSON as the API writes it: plain UTF-8, not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class ApiError(Exception):
    """An error response: a JSON value, or text of another content type."""

    def __init__(self, status: int, payload: object, content_type: str = JSON) -> None:
        super().__init__(status, payload)
        self.status = status
        self.content_type = content_type
        self.body = payload if isinstance(payload, str) else to_json(payload)


def coded(status: int, message: str, param: str | None = None) -> ApiError:
    """Shape A, by far the most common; `code` repeats the status (recorded 2016 to 2023)."""
    return ApiError(status, {"code": status, "message": message, "param": param})


def missing(param: str) -> ApiError:
    """Shape A for a required key that is absent (recorded 2023-05)."""
    return coded(400, f'Parameter "{param}" is missing', param)


def invalid(errors: Mapping[str, str]) -> ApiError:
    """Shape B: one string per field (recorded 2016; the wording of duplicates from the Go client)."""
    return ApiError(422, {"errors": dict(errors)})


def not_found(what: str) -> ApiError:
    """Shape C (recorded 2016)."""
    return ApiError(404, {"error": f"{what} not found"})


def detailed_not_found(what: str) -> ApiError:
    """Shape D: shape C with error_details (quoted in an issue of 2025-09)."""
    text = f"{what} not found"
    details = [{"param": what.lower(), "code": "invalid", "message": text}]
    return ApiError(404, {"error": text, "error_details": details})


def blank(messages: Mapping[str, str]) -> ApiError:
    """Shape E: the fields at top level, as arrays, and error_details (recorded 2023-10 for plan groups)."""
    details = [{"param": field, "code": "blank", "message": message} for field, message in messages.items()]
    return ApiError(422, {**{field: [text] for field, text in messages.items()}, "error_details": details})


def no_page() -> ApiError:
    """Shape G: an HTML page, also for a deleted plan group (recorded 2020)."""
    return ApiError(404, NOT_FOUND_PAGE, HTML)
