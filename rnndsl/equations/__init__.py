"""Equations for people: a graph back to equations of the language, its adjoint among them, and any spec as LaTeX."""
