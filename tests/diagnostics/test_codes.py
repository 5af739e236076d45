"""The registry of codes."""

import re

from rnndsl.diagnostics.codes import CODES, FAMILIES


def test_codes_are_unique_and_sorted_into_families() -> None:
    everything = [entry for family in FAMILIES for entry in family]
    assert len(everything) == len(CODES)
    for family in FAMILIES:
        assert len({entry.code[:4] for entry in family}) <= 1
    assert all(key == entry.code for key, entry in CODES.items())


def test_entries_are_complete() -> None:
    for entry in CODES.values():
        assert re.fullmatch(r"RNN[1-79][0-9]{2}", entry.code)
        assert entry.title
        assert not entry.title.endswith(".")
        assert entry.cause.endswith(".")
        assert bool(entry.bad) == bool(entry.good)
        assert entry.bad.endswith("\n") or not entry.bad
