"""The texts of the scripts in static/js, in the language of the page: words.js reads them from JSON in each page.

The scripts fill in what stands in braces.
"""

import json
from functools import cache

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from resources import major_units, money
from resources.money_fields import CentsField

register = template.Library()

WORDS = {
    # column-choice.js
    "column_moved": gettext_lazy("{column} is now {place} of {count}."),
    # connection.js
    "connection_lost": gettext_lazy("No connection to ChartMogul Admin. What you typed is kept."),
    "connection_back": gettext_lazy("The connection to ChartMogul Admin is back."),
    "connection_lost_unsent": gettext_lazy(
        "No connection to ChartMogul Admin. What you typed is kept, and nothing was sent."
    ),
    "connection_back_unsent": gettext_lazy(
        "The connection is back. Nothing has been sent yet: press the button again."
    ),
    # copy-text.js
    "copy": gettext_lazy("Copy"),
    "copy_this": gettext_lazy("Copy {text}"),
    "copied": gettext_lazy("Copied"),
    "not_copied": gettext_lazy("Could not be copied"),
    # drafts.js
    "draft": gettext_lazy("Draft"),
    "draft_kept": gettext_lazy(
        "What you typed here earlier was kept. Until you decide what to do with it, what you type below is not kept."
    ),
    "draft_found": gettext_lazy("There is a draft from {when}."),
    "draft_go_on": gettext_lazy("Continue with the draft from {when}"),
    "draft_go_on_instead": gettext_lazy("Continue with the draft from {when} instead of what is typed below"),
    "draft_throw_away": gettext_lazy("Discard it"),
    "draft_needs_connection": gettext_lazy(
        "There is no connection to ChartMogul Admin, which this draft needs. It stays as it is: continue with it when "
        "the connection is back."
    ),
    "draft_back": gettext_lazy("The draft from {when} has been restored."),
    "draft_gone": gettext_lazy("The draft from {when} has been discarded."),
    # export-file.js
    "export_rows": gettext_lazy("{count} {things} so far"),
    "export_done": gettext_lazy("{count} {things} in the file, all of them."),
    "export_incomplete": gettext_lazy("{count} {things} in the file, which is not complete. Its end says why."),
    "export_stopped": gettext_lazy("Stopped after {count} {things}. No file was saved."),
    "export_broken": gettext_lazy("The connection broke after {count} {things}. No file was saved."),
    # filled-in.js
    "filled_in": gettext_lazy("{field} filled in: {value}, {why}."),
    # json-tree.js
    "as_tree": gettext_lazy("Show as a tree"),
    # load-all.js
    "load_all": gettext_lazy("Load all (up to {count})"),
    "stop": gettext_lazy("Stop"),
    "go_on": gettext_lazy("Resume"),
    "retry": gettext_lazy("Retry"),
    "loaded": gettext_lazy("{count} loaded"),
    "held_up": gettext_lazy("{count} loaded; {why}, continues in {seconds} s"),
    "no_connection": gettext_lazy("{count} loaded; no connection, continues when it is back"),
    "all_loaded": gettext_lazy("{count} {things}, all loaded"),
    "limit_reached": gettext_lazy("{count} {things}: limit reached, more follow"),
    "at_least": gettext_lazy("At least {count} {things}. {notice}"),
    "some_loaded": gettext_lazy("{count} {things} loaded, more follow"),
    "stopped": gettext_lazy("Stopped: {count} loaded; more follow"),
    "not_complete": gettext_lazy("Incomplete: {count} loaded. {why}"),
    "times_in": gettext_lazy("{rows}. Times in {zone}."),
    "no_rows": gettext_lazy("The response contains no rows; you may have been signed out."),
    "server_answered": gettext_lazy("The server returned {status}."),
    "signed_out": gettext_lazy("Your session has ended."),
    # major-units.js
    **major_units.WORDS,
    # money-lines.js
    "no_cents": CentsField.example,
    "in_currency_of_invoice": money.NO_CURRENCY,
    "in_units": gettext_lazy("typed in major units"),
    "in_units_of": gettext_lazy("typed in major units of {currency}"),
    "sent": gettext_lazy("{a} {c} = {n} will be sent"),
    "sent_elsewhere": gettext_lazy("{a} in the currency of the invoice = {n} will be sent"),
    "sent_in_hundredths": gettext_lazy("{a} {c} = {n} will be sent, in hundredths as everywhere in ChartMogul"),
    "sent_whole": gettext_lazy(
        "{a} {c} = {n} will be sent, in hundredths; ChartMogul does not document whether it counts {c} this way"
    ),
    "sent_without_currency": gettext_lazy("{a} = {n} will be sent"),
    "sum_called": gettext_lazy("{label}: {sum}"),
    "sum_of_one": gettext_lazy("Sum of 1 {noun}: {sum}"),
    "sum_of_many": gettext_lazy("Sum of {count} {nouns}: {sum}"),
    # multi-picker.js
    "chosen": gettext_lazy("{count} selected"),
    "added_many": gettext_lazy("{count} added"),
    "added": gettext_lazy("Added {names}"),
    "chosen_already": gettext_lazy("Already selected"),
    "remove": gettext_lazy("Remove {name}"),
    "removed": gettext_lazy("Removed {name}"),
    # parts.js
    "part_failed": gettext_lazy("This could not be loaded. Follow the heading to open it."),
    # passkeys.js
    "passkey_cancelled": gettext_lazy("No passkey was used: this was canceled, or took too long. Try again."),
    "passkey_known": gettext_lazy("This device is already one of your passkeys."),
    "passkey_by_name": gettext_lazy(
        "Browsers use passkeys only on pages opened by a host name. Open this page by its host name, or as localhost, "
        "instead of by an IP address."
    ),
    "passkey_failed": gettext_lazy("That did not work. Try again, or use another method."),
    # remote-picker.js
    "picker_failed": gettext_lazy("The search failed. A pasted UUID still works."),
    "searching": gettext_lazy("Searching…"),
    "all_chosen": gettext_lazy("All of these are already selected."),
    # retry-countdown.js
    "try_again_in": gettext_lazy("Try again in {seconds} s."),
    "try_again_now": gettext_lazy("You can try again now."),
    # row-group.js
    "row_copied": gettext_lazy("{row} is the copy."),
    "row_moved": gettext_lazy("Now {row} of {count}."),
    # signed-out.js
    "session_ended": gettext_lazy(
        "Your session has ended. Sign in before you send this form, and nothing you typed will be lost."
    ),
    "sign_in_beside": gettext_lazy("Sign in in a new tab"),
    # site-search.js
    "search_failed": gettext_lazy("The search failed, so there may be matches that are not shown."),
    # sorted-table.js
    "sorted_up": gettext_lazy("Sorted by {column}, ascending"),
    "sorted_down": gettext_lazy("Sorted by {column}, descending"),
}


@register.simple_tag
def script_words() -> SafeString:
    return _in_language(get_language())


@cache
def _in_language(language: str | None) -> SafeString:
    # The same for all pages in one language. A template, not a script element, because no page has inline scripts.
    return format_html('<template id="words">{}</template>', json.dumps(WORDS, cls=DjangoJSONEncoder))
