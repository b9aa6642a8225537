"""The trail of a connection, below /c/<connection>/activity/. The page of one write is among resources' addresses."""

from django.urls import path

from activity import views

app_name = "activity"

urlpatterns = [
    path("", views.index, name="list"),
    path("events/", views.events, name="events"),
]
