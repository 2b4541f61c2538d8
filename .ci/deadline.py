"""A plugin of pytest's for machines far slower than others: what has not begun at `CCV_CI_ENDS` is not run, and told.

On a machine of ordinary speed all tests run long before. `CCV_CI_ENDS` is a time in seconds since 1970.
"""

import os
import time

import pytest

REASON = "CI's time is over"
ENDS = float(os.environ.get("CCV_CI_ENDS", "inf"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Leave out what would begin too late."""
    if time.time() > ENDS:
        pytest.skip(REASON)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests were left out."""
    left = [report for report in terminalreporter.stats.get("skipped", []) if REASON in str(report.longrepr)]
    if left:
        terminalreporter.write_line(f"{len(left)} TESTS WERE NOT RUN: this machine is too slow for them", red=True)
