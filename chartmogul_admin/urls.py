"""The apps' addresses, and the few pages that belong to none."""

from django.contrib.auth import views as auth_views
from django.urls import include, path

from chartmogul_admin import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("connections/", include("connections.urls")),
    path("c/<slug:slug>/activity/", include("activity.urls")),
    path("c/<slug:slug>/", include("resources.urls")),
]

handler400 = "chartmogul_admin.views.bad_request"
handler403 = "chartmogul_admin.views.forbidden"
handler404 = "chartmogul_admin.views.not_found"
handler500 = "chartmogul_admin.views.server_error"
