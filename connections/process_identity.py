"""Names for things that a process holds, from which other processes of the machine can tell whether it is still
alive."""

import os
import socket
import uuid
from collections import defaultdict
from collections.abc import Iterable
from functools import cache


@cache
def here() -> str:
    """Return an ID of this machine, or of the container: in two different ones the same process ID means two
    processes."""
    try:
        place = f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')} {started(1)}"
    except OSError:
        # Without /proc, each process counts as a place of its own, and what dead ones held ends by itself.
        place = str(uuid.uuid4())
    return uuid.uuid5(uuid.NAMESPACE_DNS, place).hex[:8]


def started(process: int) -> str:
    """Return the start time of a process, in the kernel's units, as process IDs are reused. Raises OSError if there is
    none."""
    with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
        # The program's name, in brackets, may contain anything; the 20th field after it is the start time.
        return file.read().rpartition(")")[2].split()[19]


def new_name() -> str:
    """Return a new name for something that this process holds."""
    try:
        start = started(os.getpid())
    except OSError:
        start = ""
    return f"{here()}.{os.getpid()}.{start}.{uuid.uuid4().hex[:12]}"


def dead(names: Iterable[str]) -> list[str]:
    """Return the names whose process ended, as far as this machine can tell. Looks for each process only once."""
    by_process = defaultdict(list)
    for name in names:
        by_process[name.rpartition(".")[0]].append(name)
    return [name for process, held in by_process.items() if is_dead(process) for name in held]


def is_dead(name: str) -> bool:
    """Whether the process that made this name has ended, as far as this machine can tell."""
    place, process, start, *_ = f"{name}...".split(".")
    if place != here() or not process.isdigit() or not start:
        return False
    try:
        return started(int(process)) != start
    except OSError:
        return True
