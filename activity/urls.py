"""URLs of a connection's trail, below /c/<connection>/activity/. The page of one write is in the URLs of resources."""

from django.urls import path

from activity import views

app_name = "activity"

urlpatterns = [
    path("", views.index, name="list"),
    path("events/", views.events, name="events"),
]
