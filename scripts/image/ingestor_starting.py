"""Lets SIGTERM end a program that is still importing.

The kernel drops signals to a container's first process that it has no handler for. Without one from the very start, a
pod that is deleted within its first seconds would start, work through its grace period, and be killed in the middle.
https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
"""

import os
import signal

if os.getpid() == 1:
    # Nothing is held yet; the program's own handler takes this one's place.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
