"""The client against TLS servers with wrong certificates."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connections import errors
from connections.api_request import ApiRequest
from tests.connections.conftest import PONG
from tests.servers import RecordingServer, reply

PING = ApiRequest.build("GET", "ping")
NOW = datetime.now(UTC)
HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("api.chartmogul.test")


class Authority:
    """A certificate authority of its own, and the servers it vouches for."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        certificate = (
            self._builder(self.name, self.key, NOW + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(certificate.public_bytes(Encoding.PEM))

    def _builder(self, subject, key, until):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=2))
            .not_valid_after(until)
        )

    def context(self, alternative, until):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = (
            self._builder(subject, key, until)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = self.folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority, monkeypatch):
    """Trust the test's authority like the public ones, so that only the fault that a test is about is present."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority.bundle))
    return authority


TOMORROW = NOW + timedelta(days=1)
YESTERDAY = NOW - timedelta(days=1)


def test_A8_a_right_certificate_is_accepted(make_client, trusted):
    with RecordingServer(reply(200, PONG), tls=trusted.context(HERE, TOMORROW)) as server:
        assert make_client(server.origin).send(PING).data == PONG


@pytest.mark.parametrize(
    ("alternative", "until"), [(ELSEWHERE, TOMORROW), (HERE, YESTERDAY)], ids=["wrong host", "expired"]
)
def test_A8_a_wrong_certificate_is_refused(make_client, timer, trusted, alternative, until):
    with (
        RecordingServer(reply(200, PONG), tls=trusted.context(alternative, until)) as server,
        pytest.raises(errors.Unreachable) as caught,
    ):
        make_client(server.origin).send(PING)
    assert server.requests == []
    assert server.connections == 1
    assert (caught.value.reason, caught.value.processed) == ("tls", "no")
    assert "certificate" in caught.value.user_message


def test_A8_a_certificate_nobody_vouches_for_is_refused(make_client, authority):
    with (
        RecordingServer(reply(200, PONG), tls=authority.context(HERE, TOMORROW)) as server,
        pytest.raises(errors.Unreachable) as caught,
    ):
        make_client(server.origin).send(ApiRequest.build("POST", "plans", json={}))
    assert server.requests == []
    assert (caught.value.reason, caught.value.processed) == ("tls", "no")


def test_a_server_that_does_not_speak_tls_is_told_from_one_with_a_bad_certificate(make_client):
    with RecordingServer(greeting=b"220 mail.test ESMTP\r\n") as server, pytest.raises(errors.Unreachable) as caught:
        make_client(f"https://127.0.0.1:{server.port}").send(PING)
    assert (caught.value.reason, caught.value.processed) == ("tls", "no")
    assert "No secure (TLS) connection" in caught.value.summary
