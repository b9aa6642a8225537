"""Addresses under /people/."""

from django.urls import path

from connections.people import views

app_name = "people"
urlpatterns = [
    path("", views.everybody, name="list"),
    path("<int:pk>/", views.person, name="person"),
    path("join/<str:token>/", views.join, name="join"),
]
