"""What every test can use, and the rule that in CI none is left out."""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["fixtures_browser", "fixtures_postgresql", "fixtures_compiled", "fixtures_database"]

NOTHING_LEFT_OUT = os.environ.get("ANNOTATOR_REQUIRE_ALL") == "1"
SHARED = Path(__file__).parents[2] / "shared"

# Tests share their machine with others: how long an example takes says nothing about the code.
settings.register_profile(
    "annotator",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("annotator")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where everything has to run."""
    report = yield
    refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a module that skips itself as a whole."""
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Fail a report of a skip, unless it is for want of the shared data, which not every clone has beside it."""
    if not NOTHING_LEFT_OUT or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if re.search(r"\bshared\b|\bthe data\b", reason) and not SHARED.exists():
        return
    report.outcome = "failed"
    report.longrepr = f"{reason} (no test may be skipped: ANNOTATOR_REQUIRE_ALL is 1)"
