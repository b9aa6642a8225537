"""Write a .env with new secrets to try the product on this machine, unless there is one (make run)."""

import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet

TEXT = """\
# Written once by `make run`; .env.example explains each name. Keep CREDENTIAL_KEYS: without them, the
# stored API keys can never be read again.
SECRET_KEY={secret}
CREDENTIAL_KEYS={key}
DEBUG=False
ALLOWED_HOSTS=127.0.0.1,localhost,[::1]
HTTPS=False
"""


def write(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(TEXT.format(secret=secrets.token_urlsafe(50), key=Fernet.generate_key().decode()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
