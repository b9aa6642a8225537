"""Invisible characters, in one list for code that refuses, skips or shows them.

Written as inside the brackets of a regular expression. Together they are what Unicode treats as invisible
(Default_Ignorable_Code_Point), plus annotation marks.
"""

INVISIBLE = (
    "\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""These change the text direction, are zero-width blanks, or do nothing at all."""
JOINERS = "\u034f\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""These select how neighboring characters look; they are part of words and emoji."""
