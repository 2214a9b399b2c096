"""Settings of all tests: hypothesis searches anew on a developer's machine, and repeats itself in CI."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
