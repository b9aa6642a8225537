"""The bytes in the database file while connections are created and deleted."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from tests.connections.conftest import ACCOUNT, PONG, SECRET_KEY, TOKEN
from tests.servers import RecordingServer, reply

ROOT = Path(__file__).resolve().parents[2]
NEW_TOKEN = "canary-rotated-5d41402abc4b2a76-77aa"

# Reads the files while the database is open, for closing it folds the write-ahead log away.
SCRIPT = """
import json, re, sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

folder, token, secret_key, new_token, new_seal = sys.argv[1:]
django.setup()
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from connections.models import Connection
from tests.people import code_of

stages = {}

def note(stage):
    files = sorted(Path(folder).glob("db.sqlite3*"))
    raw = b"".join(path.read_bytes() for path in files)
    rows = Connection.objects.values_list("name", "account_name", "sealed_key")
    stages[stage] = {
        "files": [path.name for path in files],
        "names": [name for name, _, _ in rows],
        "names_found": all(name.encode() in raw and account.encode() in raw for name, account, _ in rows),
        "sealed_found": all(sealed.encode() in raw for _, _, sealed in rows),
        "raw": raw.hex(),
        "sessions": json.dumps([session.get_decoded() for session in Session.objects.all()]),
    }

call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.create_superuser("ada"))
form = {"name": "Main", "kind": "live", "token": token, "secret_key": secret_key}
assert client.post("/connections/create/", form).status_code == 302
note("create")
assert client.post("/connections/create/", form).status_code == 422
note("refused")
assert client.post("/connections/main/", {"name": "Renamed"}).status_code == 302
note("edit")
assert client.post("/connections/main/key/", {"token": new_token}).status_code == 302
note("replace")
waiting = client.get("/accounts/second-factor/app/").content.decode()
secret = re.search('class="identifier">([A-Z2-7]{32})<', waiting)[1]
note("app waits")
assert client.post("/accounts/second-factor/app/", {"code": code_of(secret)}).status_code == 302
shown = client.get("/accounts/second-factor/codes/").content.decode()
note("app")
factors = Authenticator.objects.get(type="totp"), Authenticator.objects.get(type="recovery_codes")
codes = factors[1].wrap().get_unused_codes()
assert len(codes) == 10 and all(code in shown for code in codes)
settings.CREDENTIAL_KEYS = [new_seal, *settings.CREDENTIAL_KEYS]
call_command("rotate_credentials", stdout=sys.stderr)
settings.CREDENTIAL_KEYS = [new_seal]
assert decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret
assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == codes
note("rotate")
assert client.post("/connections/main/delete/").status_code == 302
note("delete")
print(json.dumps({"stages": stages, "secrets": [secret, *codes]}))
"""


def slices(secret: str) -> set[bytes]:
    """Every run of eight characters, as text and as base64 in any alignment would begin with."""
    runs = {secret[start : start + 8].encode() for start in range(len(secret) - 7)}
    return runs | {base64.b64encode(f"{secret}:".encode())[:16], secret.encode().hex().encode()}


def test_B5_no_key_is_in_the_database_file(tmp_path):
    with RecordingServer(routes={"/v1/ping": reply(200, PONG), "/v1/account": reply(200, ACCOUNT)}) as server:
        arguments = [str(tmp_path), TOKEN, SECRET_KEY, NEW_TOKEN, Fernet.generate_key().decode()]
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "ignore", "-c", SCRIPT, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
                "BROWSER_STATIC_ROOT": str(tmp_path / "static"),
                "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
                "CHARTMOGUL_API_URL": server.origin,
            },
        )
        assert server.paths == ["/v1/ping", "/v1/account"] * 2, result.stderr
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    stages, factors = told["stages"], told["secrets"]
    assert {stage: found["names"] for stage, found in stages.items()} == {
        "create": ["Main"],
        "refused": ["Main"],
        "edit": ["Renamed"],
        "replace": ["Renamed"],
        "app waits": ["Renamed"],
        "app": ["Renamed"],
        "rotate": ["Renamed"],
        "delete": [],
    }
    for stage, found in stages.items():
        # That the names and sealed texts are found shows that the search looks in the right place.
        assert "db.sqlite3-wal" in found["files"]
        assert found["names_found"]
        assert found["sealed_found"]
        raw = bytes.fromhex(found["raw"])
        for secret in (TOKEN, SECRET_KEY, NEW_TOKEN):
            assert not [run for run in slices(secret) if run in raw], stage
        for secret in factors:
            # Sessions are packed, so nothing of them is found in the bytes.
            assert secret.encode() not in raw, stage
            assert secret not in found["sessions"], stage
    assert not [
        run for secret in (TOKEN, SECRET_KEY, NEW_TOKEN) for run in slices(secret) if run.decode() in result.stderr
    ]
