"""The apps' URLs, and the few pages that belong to no app."""

from django.urls import include, path

from chartmogul_admin import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("chartmogul_admin.sign_in.urls")),
    path("people/", include("connections.people.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("connections/", include("connections.urls")),
    path("c/<slug:slug>/activity/", include("activity.urls")),
    path("c/<slug:slug>/", include("resources.urls")),
]

handler400 = "chartmogul_admin.views.bad_request"
handler403 = "chartmogul_admin.views.forbidden"
handler404 = "chartmogul_admin.views.not_found"
handler500 = "chartmogul_admin.views.server_error"
