"""Opening pages in a headless Chromium, where there is one."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER: Final = next((path for name in NAMES if (path := shutil.which(name))), None)

needs_browser: Final = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium here (apt-get install chromium)"
)


def opened(page: Path, place: str = "") -> tuple[str, list[str]]:
    """Return the document that a page has become, and what was written to its console."""
    assert BROWSER is not None
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1300,900", "--enable-logging=stderr",
        f"--user-data-dir={page.parent / 'browser'}", "--virtual-time-budget=4000", "--dump-dom", page.as_uri() + place,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def driven(page: Path, script: str) -> tuple[str, list[str]]:
    """Run a script after that of a page; its policy, which forbids just that, is taken out."""
    text = page.read_text(encoding="utf-8")
    start = text.index('<meta http-equiv="Content-Security-Policy"')
    open_page = text[:start] + text[text.index(">", start) + 1 :]
    copy = page.with_name("driven.html")
    copy.write_text(open_page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return opened(copy)
