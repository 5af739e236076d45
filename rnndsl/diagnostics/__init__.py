"""Findings about a spec: places, diagnostics, codes with explanations, rendering, suggestions."""
