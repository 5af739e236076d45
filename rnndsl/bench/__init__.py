"""Benchmarks of a user's own spec: how long its calls take, where the time goes, and how fast it could be at best."""

from rnndsl.bench.bench import Report, bench

__all__ = ["Report", "bench"]
