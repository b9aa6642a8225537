"""GET /ping and GET /account."""

from sandbox.context import Api, Request
from sandbox.errors import coded
from sandbox.store import Document

# Only included on request, with the odd spelling of the real API (official clients, 2026-04).
SETTINGS: Document = {
    "churn_recognition": "churn_at_time_of_cancelation",
    "churn_when_zero_mrr": False,
    "auto_churn_subscription": True,
    "refund_handling": "refund_ignore",
    "proximate_movement_reclassification": "one_hour_reclassification",
}


def ping(api: Api, request: Request) -> Document:
    return {"data": "pong!"}


def show(api: Api, request: Request) -> Document:
    names = [name.strip() for name in request.query.get("include", "").split(",") if name.strip()]
    for name in names:
        if name not in SETTINGS:
            raise coded(400, f'Parameter "include" has an unknown value: "{name}"', "include")
    return {**api.account(), **{name: SETTINGS[name] for name in names}}
