"""Template filter that turns a user agent into two words that people know."""

from django.template import Library

register = Library()

NAMES = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
"""The order matters: user agents of earlier browsers also contain the later names."""
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
    """`Firefox, Windows`; the whole user agent if the browser or the system is unknown."""
    name = next((words for sign, words in NAMES.items() if sign in user_agent), "")
    system = next((words for sign, words in SYSTEMS.items() if sign in user_agent), "")
    return f"{name}, {system}" if name and system else user_agent
