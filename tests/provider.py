"""A local OpenID Connect provider for single sign-on."""

import time
from typing import Any
from urllib.parse import parse_qs, urlencode

import jwt

from tests.servers import RecordingServer, reply

CLIENT = "the-client"
SECRET = "canary-client-secret-f00d"
CODE = "canary-code-beef"
ACCESS_TOKEN = "canary-access-token-cafe"


class Provider(RecordingServer):
    """Signs everybody in with the same claims, by default with a verified e-mail address; see `says`."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = {
            "OIDC_URL": self.origin,
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_NAME": "Example",
        }
        self.says({"sub": "1", "email": "sue@example.com", "email_verified": True, "preferred_username": "sue"})

    def says(self, claims: dict[str, Any], *, id_token: dict[str, Any] | None = None) -> None:
        """Set the claims of the person. `id_token` are additional claims, or wrong ones, for the ID token only."""
        token = {"iss": self.origin, "aud": CLIENT, "exp": int(time.time()) + 300, **claims, **(id_token or {})}
        answer = {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "id_token": jwt.encode(token, "x" * 32, algorithm="HS256"),
        }
        self.routes = {
            "/.well-known/openid-configuration": reply(
                200,
                {
                    "issuer": self.origin,
                    "authorization_endpoint": f"{self.origin}/authorize",
                    "token_endpoint": f"{self.origin}/token",
                    "userinfo_endpoint": f"{self.origin}/userinfo",
                    "jwks_uri": f"{self.origin}/jwks",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                },
            ),
            "/token": reply(200, answer),
            "/userinfo": reply(200, claims),
            "/authorize": self._send_back,
        }

    def _send_back(self, sock: Any, stopping: Any) -> bool:
        """Redirect back to the product, as the provider does after the person has signed in."""
        asked = parse_qs(next(each.query for each in reversed(self.requests) if each.path == "/authorize"))
        back = f"{asked['redirect_uri'][0]}?{urlencode({'code': CODE, 'state': asked['state'][0]})}"
        return reply(302, headers={"Location": back})(sock, stopping)
