"""All settings, read from the environment or from `.env` beside manage.py (the environment has precedence).

`.env.example` lists the names. Reading is strict, see configuration.py.
"""

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from environ import Env

from chartmogul_admin import configuration
from chartmogul_admin.storage import add_headers

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
configuration.read_file(env, BASE_DIR / ".env")

SECRET_KEY = configuration.secret_key(env, "SECRET_KEY")
CREDENTIAL_KEYS = configuration.credential_keys(env, "CREDENTIAL_KEYS", unlike=SECRET_KEY)
DEBUG = configuration.boolean(env, "DEBUG", False)
# The number of our own proxies that a request passes. Only they are trusted for the client's address and whether it
# used https; see chartmogul_admin/outer_middleware.py.
TRUSTED_PROXIES = configuration.count(env, "TRUSTED_PROXIES", 0, most=9)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
ALLOWED_HOSTS = configuration.allowed_hosts(env, "ALLOWED_HOSTS")

# What `make run` listens on.
HOST = configuration.host(env, "HOST", "127.0.0.1")
PORT = configuration.port(env, "PORT", 8000)
SANDBOX_PORT = configuration.port(env, "SANDBOX_PORT", 8001)

HTTPS = configuration.https(env, "HTTPS", True, host=HOST)

# Origins of API requests, by the kind of a connection. Server settings only: never a form field or a database row.
API_ORIGINS = {
    "live": configuration.api_origin(env, "CHARTMOGUL_API_URL", "https://api.chartmogul.com"),
    "sandbox": configuration.api_origin(env, "SANDBOX_URL", f"http://127.0.0.1:{SANDBOX_PORT}"),
}

# Days after which the scrub_activity command removes bodies and records from the trail.
ACTIVITY_DAYS = configuration.days(env, "ACTIVITY_DAYS", 365)

# Background work uses Django's tasks API; this one setting says where tasks wait for a worker.
TASK_QUEUE = configuration.choice(env, "TASKS", "database", ("database", "rq"))
TASK_APPS = {"database": ["django_tasks_db"], "rq": ["django_rq"]}
TASK_BACKENDS = {"database": "django_tasks_db.DatabaseBackend", "rq": "django_tasks_rq.RQBackend"}
TASKS = {"default": {"BACKEND": TASK_BACKENDS[TASK_QUEUE], "QUEUES": ["default"]}}
if TASK_QUEUE == "rq":
    RQ_QUEUES = {"default": {"URL": configuration.redis_url(env, "CACHE_URL", why="TASKS=rq"), "DEFAULT_TIMEOUT": 600}}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # runserver also serves static files with whitenoise, so that development and production do not differ
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "chartmogul_admin.sign_in",
    "django_tasks",
    *TASK_APPS[TASK_QUEUE],
    "connections",
    "activity",
    "resources",
    "sandbox",
]

MIDDLEWARE = [
    # Adds to every response, whichever of the following middleware creates it.
    "chartmogul_admin.outer_middleware.request_id",
    "chartmogul_admin.outer_middleware.security_headers",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "connections.people.languages.of_the_browser",
    # Checks on every request.
    "chartmogul_admin.outer_middleware.trusted_proxies",
    "chartmogul_admin.outer_middleware.known_host",
    "chartmogul_admin.outer_middleware.limit_body_size",
    "connections.concurrency.limit_concurrency",
    "django.middleware.security.SecurityMiddleware",
    # Against BREACH, Django adds random padding to what it compresses, and masks the CSRF token differently in each
    # page.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "connections.people.languages.of_the_person",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "chartmogul_admin.middleware.replace_nul",
    "activity.middleware.client_address",
    "django.contrib.messages.middleware.MessageMiddleware",
    "chartmogul_admin.sign_in.sessions.SessionAgeMiddleware",
    "chartmogul_admin.middleware.SignInRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "connections.access.AccessMiddleware",
    "chartmogul_admin.middleware.method_not_allowed_page",
    # Must be last: it replaces the response to a locked-out sign-in.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "chartmogul_admin.urls"
WSGI_APPLICATION = "chartmogul_admin.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "resources.context_processors.menu",
            ],
            "libraries": {"browsers": "chartmogul_admin.sign_in.browsers", "lucide": "chartmogul_admin.icons"},
            "builtins": ["connections.templatetags.localized"],
        },
    },
]
# One template renders every form field: templates/django/forms/field.html
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Seconds to wait for a lock that another process holds in the database.
LOCK_SECONDS = 20
DATABASES = {"default": configuration.database(env, "DATABASE_URL", f"sqlite:///{quote(str(BASE_DIR / 'db.sqlite3'))}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Each thread keeps its connection between requests: closing the last connection to the file writes the WAL into it
    # and waits for the disk, and a new connection starts with an empty cache (which grows to 8 MB).
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # With Django's defaults more than a quarter of concurrent write transactions fail with "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": LOCK_SECONDS,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192; "
        # The WAL grows to 16 MB before it is checkpointed: a page that was written often is then written to the file
        # once, and the disk is waited for a quarter as often.
        "PRAGMA wal_autocheckpoint=4000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Waiting for a lock fails as soon as with SQLite, and nobody waits for a host that does not exist.
    patience = {"connect_timeout": 5, "options": f"-c lock_timeout={LOCK_SECONDS}s"}
    DATABASES["default"]["OPTIONS"] = patience | DATABASES["default"].get("OPTIONS", {})

CACHES = {"default": configuration.cache(env, "CACHE_URL")}
# Derived data of one process. Nothing that processes or releases share is kept here, and nothing about second factors.
CACHES["process"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "process",
    "OPTIONS": {"MAX_ENTRIES": 1_000},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

# Signing in is done by allauth (chartmogul_admin/sign_in/); nobody can sign up, people join by invitation.
ACCOUNT_ADAPTER = "chartmogul_admin.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_FORMS = {
    "login": "chartmogul_admin.sign_in.forms.SignInForm",
    "change_password": "chartmogul_admin.sign_in.forms.NewPasswordForm",
    "reauthenticate": "chartmogul_admin.sign_in.forms.ConfirmForm",
    "set_password": "chartmogul_admin.sign_in.forms.FirstPasswordForm",
}
# Only axes (below) locks out: with two lock-outs the answers would contradict each other.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 30 * 60
SESSION_IDLE_SECONDS = 30 * 60
SESSION_LONGEST_SECONDS = 12 * 60 * 60

USERSESSIONS_ADAPTER = "chartmogul_admin.sign_in.sessions.EndedSessions"
MFA_ADAPTER = "chartmogul_admin.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "chartmogul_admin.sign_in.forms.PasskeyForm",
    "activate_totp": "chartmogul_admin.sign_in.forms.SetUpForm",
    "authenticate": "chartmogul_admin.sign_in.forms.CodeForm",
    "reauthenticate": "chartmogul_admin.sign_in.forms.ConfirmCodeForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers treat plain http as a secure origin on loopback only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "ChartMogul Admin"

OIDC = configuration.openid_connect(env)
SOCIALACCOUNT_ADAPTER = "chartmogul_admin.sign_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [OIDC] if OIDC else []}}
SOCIALACCOUNT_STORE_TOKENS = False
# Seconds that the provider has for the start of each response, and for each pause in it.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# By a link: our content security policy would block a form that redirects to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True

AXES_HANDLER = "chartmogul_admin.sign_in.lockout.Handler"
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(hours=1)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "chartmogul_admin.sign_in.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "chartmogul_admin.sign_in.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
# The posted data is stored with the count, except for these.
AXES_SENSITIVE_PARAMETERS = [
    "oldpassword",
    "password1",
    "password2",
    "code",
    "credential",
    "csrfmiddlewaretoken",
    "next",
]
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
# Each language's name in that language; docs/translating.md says how to add one.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "chartmogul_admin.storage.StaticFiles"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers

# An invoice of 500 lines, the most that is accepted (resources/rows.py), has 8,500 fields. No page accepts a file, so
# the size is that of the whole body: outer_middleware.limit_body_size refuses more. ChartMogul accepts 5 MB of JSON;
# in the form of the API console it is larger, with the other fields and the line ends that browsers post.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# HTTPS=False is accepted for loopback alone; names with __Host- need a secure origin.
PREFIX = "__Host-" if HTTPS else ""
SESSION_ENGINE = "chartmogul_admin.sign_in.session_store"
SESSION_COOKIE_NAME = f"{PREFIX}session"
CSRF_COOKIE_NAME = f"{PREFIX}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Sign-ins last less long (sign_in/sessions.py). This is how long we know whose session ended, so that a form sent on
# Monday from a page opened on Friday is not lost.
SESSION_COOKIE_AGE = 3 * 24 * 60 * 60
# In the session, because the cookie storage would need a cookie of its own.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = HTTPS
# Machines request these from inside, without the proxy that speaks https.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER_FILTER = "chartmogul_admin.reports.NamesOnly"
CSRF_FAILURE_VIEW = "chartmogul_admin.views.csrf_failure"

# Everything comes from this origin and nothing is inline, so neither nonces nor unsafe-* are needed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
# Browser features that concern people and their devices; no page here needs any.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chartmogul_admin.logs.OneLineFormatter",
            "format": "{asctime} {levelname} {reference} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    # axes logs each failure with every detail of the request; the trail already records it.
    "loggers": {"axes": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
