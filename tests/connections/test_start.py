"""`make run`: processes that are started together wait for each other where necessary."""

import contextlib
import shlex
import socket

import pytest
from django.core.management import CommandError, call_command

from connections import services
from connections.client import ChartMogulClient
from connections.management.commands import start
from connections.models import Connection
from resources.management.commands import worker
from sandbox.server import SandboxServer
from tests.conftest import NOWHERE, make_connection
from tests.databases import free_port


def test_the_account_is_known_however_long_the_sandbox_takes_to_start(db, settings, monkeypatch):
    port = free_port()
    settings.SANDBOX_PORT = port
    settings.API_ORIGINS = {"live": NOWHERE, "sandbox": f"http://127.0.0.1:{port}"}
    make_connection("Sandbox", kind="sandbox")
    with contextlib.ExitStack() as stack:
        # It begins while it is waited for.
        monkeypatch.setattr(start.time, "sleep", lambda _: stack.enter_context(SandboxServer(port=port)))
        start.get_to_know()
    known = Connection.objects.get()
    assert known.tested_at is not None
    assert known.account_name == "Sandbox Ltd"
    assert known.account_time_zone == "Europe/Berlin"


def rekey(connection: Connection) -> None:
    connection.set_credential("another-key")
    connection.save()


@pytest.mark.parametrize("meanwhile", [rekey, Connection.delete], ids=["another key", "deleted"])
def test_what_a_key_opened_is_not_noted_of_a_connection_that_has_it_no_more(db, settings, monkeypatch, meanwhile):
    with SandboxServer() as server:
        settings.SANDBOX_PORT = server.port
        settings.API_ORIGINS = {"live": NOWHERE, "sandbox": server.url}
        make_connection("Sandbox", kind="sandbox")
        check = services.check

        def check_meanwhile(client: ChartMogulClient) -> services.Account:
            account = check(client)
            meanwhile(Connection.objects.get())
            return account

        monkeypatch.setattr(services, "check", check_meanwhile)
        start.get_to_know()
    assert not Connection.objects.exclude(account_name="", tested_at=None).exists()


def test_nor_does_the_worker_read_it_before_the_sandbox_is_there(db, monkeypatch):
    port, began = free_port(), []
    monkeypatch.setattr(worker, "look_after", lambda stopping: None)
    monkeypatch.setattr(
        worker, "call_command", lambda *_, **__: began.append(socket.create_connection(("127.0.0.1", port)))
    )
    with contextlib.ExitStack() as stack:
        monkeypatch.setattr(start.time, "sleep", lambda _: stack.enter_context(SandboxServer(port=port)))
        call_command("worker", wait_for=port)
        stack.enter_context(began[0])


def test_nothing_is_waited_for_without_end(monkeypatch):
    looks: list[float] = []
    monkeypatch.setattr(start.time, "sleep", looks.append)
    # Each look takes a hundred seconds on this clock.
    monkeypatch.setattr(start.time, "monotonic", lambda: 100.0 * len(looks))
    start.wait_for("127.0.0.1", free_port(), 250)
    assert len(looks) == 3


def test_a_folder_with_a_blank_in_its_name_is_no_hindrance(db, settings, monkeypatch):
    started: list[str] = []

    class Recording:
        returncode = 0

        def add_process(self, name: str, command: str, env: dict[str, str]) -> None:
            started.append(command)

        def loop(self) -> None:
            pass

    settings.PORT, settings.SANDBOX_PORT = free_port(), free_port()
    monkeypatch.setattr(start, "Manager", Recording)
    monkeypatch.setattr(start, "get_to_know", lambda: None)
    monkeypatch.setattr(start.sys, "executable", "/home/ada/my projects/.venv/bin/python")
    with pytest.raises(SystemExit):
        call_command("start")
    assert len(started) == 3
    assert started[-1].endswith(f"manage.py worker --wait-for {settings.SANDBOX_PORT}")
    assert {shlex.split(command)[0] for command in started} == {"/home/ada/my projects/.venv/bin/python"}


@pytest.mark.parametrize(("name", "other"), [("PORT", "SANDBOX_PORT"), ("SANDBOX_PORT", "PORT")])
def test_a_port_that_is_taken_stops_it_before_anything_starts(settings, monkeypatch, name, other):
    monkeypatch.setattr(start, "Manager", None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        setattr(settings, name, taken)
        setattr(settings, other, free_port())
        with pytest.raises(CommandError, match=f"Address already in use .*{taken}.*{name} .*in .env"):
            call_command("start")


def test_nor_can_both_listen_on_one_port(settings):
    settings.PORT = settings.SANDBOX_PORT = free_port()
    with pytest.raises(CommandError, match=f"Address already in use .*{settings.PORT}"):
        call_command("start")
