"""What a browser calls itself, in two words that people know it by, for templates."""

from django.template import Library

register = Library()

NAMES = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
"""In this order: the later ones stand in what the earlier ones say too."""
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox, Windows`; all of it where it is none that is known."""
    name = next((words for sign, words in NAMES.items() if sign in user_agent), "")
    system = next((words for sign, words in SYSTEMS.items() if sign in user_agent), "")
    return f"{name}, {system}" if name and system else user_agent
