"""Settings of all tests: hypothesis searches anew on a developer's machine, and repeats itself in CI; Ctrl-C is heard.

A shell that starts a command in the background, as `make test &` or a CI agent may, lets it ignore SIGINT, and its
children too. Tests of interrupts would fail there for no fault of ours.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
