"""The registry of codes, and every code's page: the bad spec gives just that code on the line that it marks."""

import re
from pathlib import Path

import pytest

import rnndsl
from rnndsl.compiler import build
from rnndsl.diagnostics.codes import CALLS, CODES, FAMILIES, Code
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError

#: What no spec by itself can show: files and folders of many, sizes, and what is wrong with data or a checkpoint.
WITHOUT_EXAMPLE = frozenset(
    {"RNN218", "RNN502", "RNN504", "RNN507", "RNN508", "RNN510", "RNN511", "RNN512", "RNN524", "RNN525"}
)
FILES = frozenset({"RNN521", "RNN522", "RNN523"})


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


def findings(text: str, path: Path | None = None) -> tuple[Diagnostic, ...]:
    """Check a spec, as text or as a file, up to its graph."""
    spec: str | Path = text
    if path is not None:
        path.write_text(text, encoding="utf-8")
        spec = path
    try:
        checked = rnndsl.check(spec)
        build(checked)
    except SpecError as error:
        return error.diagnostics
    return checked.warnings


def marked(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.split("\n"), 1)
    return [(number, code) for number, line in lines for code in re.findall(r"# (RNN[0-9]{3})$", line)]


def test_only_what_no_spec_shows_has_no_example() -> None:
    assert {code for code, entry in CODES.items() if not entry.bad and code < "RNN6"} == WITHOUT_EXAMPLE
    assert all(marked(entry.bad) for entry in CODES.values() if entry.bad)


@pytest.mark.parametrize("entry", [one for one in CODES.values() if one.bad], ids=lambda entry: entry.code)
def test_the_bad_spec_gives_its_code_on_its_line_and_the_good_one_is_clean(entry: Code, tmp_path: Path) -> None:
    path = tmp_path / "net.rnn" if entry.code in FILES else None
    found = [(one.span.line, one.code) for one in findings(entry.bad, path)]
    assert found == marked(entry.bad)
    assert findings(entry.good, path) == ()


def test_codes_about_data_are_shown_by_calls_unless_files_show_them() -> None:
    of_files = {"RNN607", "RNN608", "RNN609", "RNN610", "RNN611"}
    assert {code for code in CODES if code.startswith("RNN6")} == set(CALLS) | of_files


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("code", CALLS)
def test_the_bad_call_gives_its_code_and_the_good_one_runs(code: str) -> None:
    calls, names = CALLS[code], dict[str, object]()
    exec(calls.setting, names)  # noqa: S102 (as a reader would type it)
    with pytest.raises(DataError) as caught:
        exec(calls.bad, names)  # noqa: S102
    assert caught.value.diagnostic.code == code
    exec(calls.good, names)  # noqa: S102
