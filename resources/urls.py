"""Addresses below one connection: /c/<connection>/. Shared pages first, then one loop over the registry."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseBase
from django.urls import path

from resources.catalog.api_call import ApiCallOperation
from resources.operations import GetOperation, ListOperation, Operation, WriteOperation
from resources.registry import RESOURCES
from resources.views import (
    api_call,
    approving,
    directory,
    exporting,
    filling_in,
    lists,
    pages,
    parts,
    pickers,
    reading,
    saved_views,
    search,
    sending,
    showing,
)

app_name = "resources"

OF_A_LIST: tuple[tuple[str, Callable[..., HttpResponseBase], str], ...] = (
    ("rows/", lists.more_rows, "rows"),
    ("columns/", lists.choose_columns, "columns"),
    ("export/", exporting.export, "export"),
    ("views/create/", saved_views.create, "save_view"),
    ("views/<uuid:key>/", saved_views.change, "saved_view"),
)
"""Paths below the address of each list."""

VIEWS: dict[type[Operation], Callable[..., HttpResponse]] = {
    ListOperation: lists.list_rows,
    GetOperation: reading.get_record,
    WriteOperation: filling_in.fill_in,
    ApiCallOperation: api_call.call,
}

urlpatterns = [
    path("", pages.home, name="home"),
    path("figures/", pages.figures, name="figures"),
    path("directory/", directory.page, name="directory"),
    path("directory/switch/", directory.switch, name="directory-switch"),
    path("directory/read/", directory.ask, name="directory-read"),
    path("directory/stop/", directory.stop, name="directory-stop"),
    path("moment/", pages.moment, name="moment"),
    path("period-end/", pages.period_end, name="period-end"),
    path("search/", search.page, name="search"),
    path("pickers/<slug:resource_slug>/", pickers.options, name="picker"),
    path("activity/<uuid:key>/", showing.review, name="write"),
    path("activity/<uuid:key>/send/", sending.send, name="send"),
    path("activity/<uuid:key>/discard/", sending.discard, name="discard"),
    path("activity/<uuid:key>/ask/", approving.ask, name="ask"),
    path("activity/<uuid:key>/decline/", approving.decline, name="decline"),
    path("activity/<uuid:key>/copy/", sending.copy, name="copy"),
    path("activity/<uuid:key>/check/", sending.check, name="check"),
]

for resource in RESOURCES:
    urlpatterns += [
        path(
            operation.address,
            VIEWS[type(operation)],
            {"operation": operation},
            name=operation.key,
        )
        for operation in resource.operations
    ]
    urlpatterns += [
        path(f"{operation.address}{address}", view, {"operation": operation}, name=f"{operation.key}.{name}")
        for operation in resource.operations
        if isinstance(operation, ListOperation)
        for address, view, name in OF_A_LIST
    ]
    if resource.path:
        urlpatterns.append(
            path(
                f"{resource.slug}/<str:uuid>/",
                reading.record_page,
                {"resource": resource},
                name=f"record.{resource.key}",
            )
        )
    urlpatterns += [
        path(
            f"{resource.slug}/<str:uuid>/{part.slug}/",
            parts.part_rows,
            {"resource": resource, "part": part},
            name=f"part.{resource.key}.{part.key}",
        )
        for part in resource.parts
    ]
