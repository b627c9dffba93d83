"""``lims print-worker`` as it really runs, in processes that kill themselves (``kill -9``) at the step they are told.

A step is any moment before or after a commit, and before or after each word to or from a printer. A worker that comes as far as its
work's end goes home; so does one that is told step 0. Run as a program this is a nursery: it has read all the code, and for each step
on a line of its input it forks a worker and says its process number; for ``wait NUMBER`` it says how that one ended.
"""

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from lims import db
from lims.cli import printers as commands
from lims.printing import hosts, raw, worker

_LOOK_S = 0.05


def main(step: int) -> None:
    """Be a worker until that step."""
    die_at(step)
    go_home_after_work()
    worker.LOOK_S = _LOOK_S
    commands.print_worker.main([], standalone_mode=False)


def die_at(step: int) -> None:
    """Count the steps from here on, and let none follow that one."""
    steps, one_at_a_time = itertools.count(1), threading.Lock()

    def count() -> None:
        with one_at_a_time:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in ((raw.RawConnection, "write"), (raw.RawConnection, "ask"), (hosts.PrinterHosts, "connect")):
        setattr(owner, name, _counted(getattr(owner, name), count))
    session_commit = Session.commit
    Session.commit = _counted(session_commit, count)  # type: ignore[method-assign]  # that is what this file is for


def go_home_after_work() -> None:
    """Stop as an operator stops it, once nothing is left to do."""
    look, done = worker._look, itertools.count(1)

    def look_and_go(database: db.Database) -> Any:
        found = look(database)
        if not found and next(done) >= 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return found

    worker._look = look_and_go


def _counted(act: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        count()
        answer = act(*args, **kwargs)
        count()
        return answer

    return counted


def nurse() -> None:
    """Fork workers as told, until nothing more is said."""
    for line in sys.stdin:
        what, _, pid = line.strip().rpartition(" ")
        sys.stdout.write(f"{_bury(int(pid)) if what else _bear(int(pid))}\n")
        sys.stdout.flush()


def _bear(step: int) -> int:
    pid = os.fork()
    if pid == 0:
        sys.stdin.close()
        main(step)
        os._exit(0)
    return pid


def _bury(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    nurse()
