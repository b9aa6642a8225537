"""Which process holds something, as a name that other processes of the machine can tell the living from the dead by."""

import os
import socket
import uuid
from collections import defaultdict
from collections.abc import Iterable
from functools import cache


@cache
def here() -> str:
    """This machine, or this container on it: two places where the same process number means two processes."""
    try:
        place = f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')} {started(1)}"
    except OSError:
        # Where nothing tells places apart, none is like another, and what the dead held ends by itself.
        place = str(uuid.uuid4())
    return uuid.uuid5(uuid.NAMESPACE_DNS, place).hex[:8]


def started(process: int) -> str:
    """When a process began, as the kernel counts; raises OSError where there is none. Numbers are used again."""
    with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
        # The name of the program, in brackets, may hold anything; the 20th field after it is the start.
        return file.read().rpartition(")")[2].split()[19]


def new_name() -> str:
    """A name for something that this process holds."""
    try:
        start = started(os.getpid())
    except OSError:
        start = ""
    return f"{here()}.{os.getpid()}.{start}.{uuid.uuid4().hex[:12]}"


def dead(names: Iterable[str]) -> list[str]:
    """Those whose process ended, as far as can be told from here. A process holds many, and is looked for once."""
    by_process = defaultdict(list)
    for name in names:
        by_process[name.rpartition(".")[0]].append(name)
    return [name for process, held in by_process.items() if is_dead(process) for name in held]


def is_dead(name: str) -> bool:
    """Whether the process that held this ended, as far as can be told from here."""
    place, process, start, *_ = f"{name}...".split(".")
    if place != here() or not process.isdigit() or not start:
        return False
    try:
        return started(int(process)) != start
    except OSError:
        return True
