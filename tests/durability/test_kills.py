"""R1: what was acknowledged survives the servers being killed; and a server that acknowledges too early is caught."""

import sys
from pathlib import Path

import pytest

from annotator.config import Settings
from durability.harness import run


def test_no_acknowledged_label_is_lost_doubled_or_torn_when_servers_are_killed(sqlite_settings: Settings):
    outcome = run(sqlite_settings, labels=1000, kills=5)
    assert outcome.errors == ()
    assert (outcome.acknowledged, outcome.kills) == (1000, 5)
    assert outcome.resent > 0
    assert (outcome.lost, outcome.doubled, outcome.torn) == (0, 0, ())


@pytest.mark.postgresql
def test_the_same_holds_on_postgresql(postgresql_settings: Settings):
    outcome = run(postgresql_settings, labels=200, kills=2)
    assert outcome.errors == ()
    assert (outcome.acknowledged, outcome.kills) == (200, 2)
    assert (outcome.lost, outcome.doubled, outcome.torn) == (0, 0, ())


def test_server_that_acknowledges_before_it_commits_is_caught(sqlite_settings: Settings):
    hasty = (sys.executable, str(Path(__file__).with_name("hasty_server.py")))
    # A kill hits the server with the open commit about every second time.
    outcome = run(sqlite_settings, labels=200, kills=12, command=hasty)
    assert outcome.kills == 12
    assert outcome.lost > 0
