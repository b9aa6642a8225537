"""Forms about people."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordMixin
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from connections.forms import AlertForm, SettingsForm
from connections.models import Connection, Invitation
from connections.people import services
from connections.roles import Role

ROLES_TEXT = gettext_lazy(
    "Viewers can read. Editors can also create and update. Managers can also delete, and write with the API console. "
    "Administrators can also manage the connection: its key, its people and its safety settings."
)


class RoleForm(AlertForm):
    """Gives a role to a person who has an account."""

    username = forms.CharField(
        label=gettext_lazy("Username"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.TypedChoiceField(
        label=gettext_lazy("Role"), choices=Role.choices, coerce=lambda value: Role(int(value)), help_text=ROLES_TEXT
    )

    def clean_username(self) -> User:
        user = User.objects.filter(username=self.cleaned_data["username"]).first()
        if user is None:
            raise ValidationError(_("No one here has this username. To add someone new, create an invitation."))
        if user.is_superuser:
            raise ValidationError(_("This person is an owner and can already do everything."))
        return user


class AddressForm(AlertForm):
    """The e-mail address of `user`, or of somebody new."""

    email = forms.EmailField(
        label=gettext_lazy("Email"),
        required=False,
        help_text=gettext_lazy("Single sign-on recognizes the person by it. No email is sent."),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        if address and services.is_known(address, besides=self.user):
            raise ValidationError(_("Someone here already has this address."))
        return address


class InviteForm(AddressForm):
    """An invitation to one connection."""

    field_order = ("role", "email")
    role = RoleForm.base_fields["role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It is on the same page as the form that gives a role.
        super().__init__(*args, auto_id="id_invite_%s", **kwargs)


class InvitePersonForm(AddressForm):
    """An invitation by an owner: to a connection, to the whole installation, or to nothing yet."""

    connection = forms.ModelChoiceField(
        label=gettext_lazy("Connection"),
        queryset=Connection.objects.all(),
        required=False,
        empty_label=gettext_lazy("None yet"),
    )
    role = RoleForm.base_fields["role"]
    owner = forms.BooleanField(
        label=gettext_lazy("Owner of this installation"),
        required=False,
        help_text=gettext_lazy("Can do everything with every connection, and manage people."),
    )


class SafetyForm(SettingsForm):
    """Safety settings, which limit what people can change through a connection."""

    read_only = forms.BooleanField(
        label=gettext_lazy("Read-only"),
        required=False,
        help_text=gettext_lazy(
            "No one can change anything in ChartMogul through this connection, whatever their role. Changes that were "
            "reviewed but not sent will wait."
        ),
    )
    read_only_reason = forms.CharField(
        label=gettext_lazy("Reason for read-only"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Shown to everyone, on every page of the connection."),
    )
    second_person = forms.BooleanField(
        label=gettext_lazy("Require a second person for what cannot be undone"),
        required=False,
        help_text=gettext_lazy(
            "Deletions that ask you to type a name, and every write from Make an API Call, are sent only after another "
            "manager approves them."
        ),
    )


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones on offer: places, and UTC."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")) | {"UTC"}


class PreferencesForm(AlertForm):
    """A person's preferences."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        choices=lambda: [
            ("", gettext_lazy("Time zone of each connection's account")),
            *((name, name) for name in sorted(zones())),
        ],
        help_text=gettext_lazy(
            "Times are entered and shown in this time zone. What is sent to ChartMogul is shown beside it in UTC."
        ),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=lambda: [("", gettext_lazy("Use the browser's language")), *settings.LANGUAGES],
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        required=False,
        choices=[
            ("", gettext_lazy("Use the system's theme")),
            ("light", pgettext_lazy("theme", "Light")),
            ("dark", pgettext_lazy("theme", "Dark")),
        ],
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Density"),
        choices=[
            ("comfortable", gettext_lazy("Comfortable")),
            ("compact", gettext_lazy("Compact: more rows on a page")),
        ],
    )
    amounts_in = forms.ChoiceField(
        label=gettext_lazy("Enter amounts in"),
        choices=[
            ("cents", gettext_lazy("Cents, as they are sent")),
            ("units", gettext_lazy("Major units, such as whole euros")),
        ],
        help_text=gettext_lazy("Forms with amounts also have a button to switch."),
    )


class JoinForm(SetPasswordMixin, AlertForm):
    """What an invited person chooses: a username, if they have none yet, and a password."""

    username = forms.CharField(
        label=gettext_lazy("Username"),
        max_length=150,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=gettext_lazy("Repeat password"),
        strip=False,
        max_length=1_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, invitation: Invitation) -> None:
        super().__init__(data)
        # As in the forms of allauth.
        self.error_messages = {"password_mismatch": _("You must type the same password each time.")}
        self.user = invitation.user
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        if self.user:
            del self.fields["username"]

    def clean_username(self) -> str:
        username = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This username is already taken."))
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.validate_passwords()
        if "password2" not in self.errors:
            self.validate_password_for_user(self.user or User(username=cleaned.get("username", "")), "password1")
        return cleaned
