"""URLs under /people/."""

from django.urls import path

from connections.people import views
from connections.people.person import person

app_name = "people"
urlpatterns = [
    path("", views.everybody, name="list"),
    path("<int:pk>/", person, name="person"),
    path("join/<str:token>/", views.join, name="join"),
]
