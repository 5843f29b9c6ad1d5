"""Becomes another program: drops root if asked, arranges to die with its parent, then executes it.

Run as a script by `child.py` (`python -I -S launch.py PLAN program argument...`): a process of its own, since
Python code between fork and exec can deadlock where there are threads. Standard library only.
"""

import ctypes
import json
import os
import sys

_PR_SET_PDEATHSIG = 1


def _drop_root(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    # The folder this was started in may be closed to the new user.
    os.chdir("/")


def _die_with_parent(parent: int, signal_number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the call above; nobody would tell this process then.
    if os.getppid() != parent:
        sys.exit(f"the starting process {parent} is gone")


def main(arguments: list[str]) -> None:
    plan = json.loads(arguments[0])
    os.umask(0o077)
    if plan["uid"] is not None:
        _drop_root(plan["uid"], plan["gid"])
    # After the change of user, which clears the setting: prctl(2), PR_SET_PDEATHSIG.
    _die_with_parent(plan["parent"], plan["death_signal"])
    os.execv(arguments[1], arguments[1:])  # noqa: S606 - the programs this package starts


if __name__ == "__main__":
    main(sys.argv[1:])
