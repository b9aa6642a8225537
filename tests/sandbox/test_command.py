"""`manage.py sandbox`."""

import pytest
from django.core.management import CommandError, call_command

from sandbox.server import SandboxServer
from sandbox.store import Store


@pytest.fixture
def interrupted(monkeypatch):
    """Simulate Ctrl-C as soon as the server would start to serve."""

    def interrupt(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(SandboxServer, "serve_forever", interrupt)


def test_it_says_where_it_answers(interrupted, tmp_path, capsys):
    call_command("sandbox", port=0, database=tmp_path / "s.sqlite3")
    assert "/v1/ to the API key sandbox" in capsys.readouterr().out


def test_reset(interrupted, tmp_path):
    database = tmp_path / "s.sqlite3"
    call_command("sandbox", port=0, database=database)
    store = Store(database)
    store.delete("data_sources", name="Stripe")
    store.close()
    call_command("sandbox", port=0, database=database)
    assert _names(database).count("Stripe") == 0
    call_command("sandbox", port=0, database=database, reset=True)
    assert _names(database).count("Stripe") == 1


def _names(database):
    store = Store(database)
    names = [source["name"] for source in store.all("data_sources")]
    store.close()
    return names


def test_refused_addresses(tmp_path):
    with pytest.raises(CommandError, match="loopback"):
        call_command("sandbox", host="0.0.0.0", database=tmp_path / "s.sqlite3")  # noqa: S104
    for port in (-1, 65536, 70000):
        with pytest.raises(CommandError, match=f"a port between 0 and 65535, not on {port}"):
            call_command("sandbox", port=port, database=tmp_path / "s.sqlite3")


def test_a_port_that_is_taken_is_named(tmp_path):
    with SandboxServer() as server, pytest.raises(CommandError) as told:
        call_command("sandbox", port=server.port, database=tmp_path / "s.sqlite3")
    assert str(told.value) == f"The sandbox cannot listen on port {server.port} of 127.0.0.1: Address already in use."
