"""How descriptors are divided, on machines with few and with many."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from node.openfiles import LEAST, SET_ASIDE, shares


@pytest.mark.parametrize("limit", [256, 512, 1_024, 4_096, 20_000, 1_048_576])
def test_c1_the_members_listener_has_descriptors_of_its_own(limit: int) -> None:
    """On a shell with 1,024 open files the pages failed with the peers' listener: now both fit, with room to work."""
    room = shares(limit, dials=64)
    assert room.web + room.peers <= max(limit - SET_ASIDE - 64, LEAST)
    assert room.web >= 2 * room.peers > 0
    assert 0 < room.streams < room.web


def test_c1_the_limit_is_raised_to_the_hard_one_at_the_start() -> None:
    """In a process of its own, because the limit is the process's."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 600 if hard == resource.RLIM_INFINITY else min(hard, 600)
    code = (
        "import resource; from node.openfiles import raise_limit\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (300, {wanted}))\n"
        "print(raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(wanted)] * 3
