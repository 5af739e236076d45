"""Versions of what is installed."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return the version of rnndsl."""
    return version_of("rnndsl") or "0 (not installed)"


def version_of(package: str) -> str | None:
    """Return the version of an installed package, None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
