"""URLs under /connections/."""

from django.urls import path

from connections import views
from connections.people import views as people

app_name = "connections"
urlpatterns = [
    path("", views.index, name="list"),
    path("create/", views.create, name="create"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/key/", views.replace_key, name="key"),
    path("<slug:slug>/test/", views.test, name="test"),
    path("<slug:slug>/reset/", views.reset, name="reset"),
    path("<slug:slug>/people/", people.of_connection, name="people"),
    path("<slug:slug>/safety/", views.safety, name="safety"),
    path("<slug:slug>/delete/", views.delete, name="delete"),
]
