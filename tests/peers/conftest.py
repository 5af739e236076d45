"""The summary line of `pytest tests/peers`: how far the compiled programs are from torch."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the largest difference that any test recorded."""
    found = [
        float(str(value))
        for report in terminalreporter.getreports("passed")
        for key, value in report.user_properties
        if key == "difference"
    ]
    if found:
        terminalreporter.write_line(f"largest difference to torch in {len(found)} comparisons: {max(found):.1e}")
