"""The trail of a connection: /c/<connection>/activity/. A single write's page is among the resources' addresses."""

from django.urls import path

from activity import views

app_name = "activity"

urlpatterns = [path("", views.index, name="list")]
