"""`python -m tests.benchmarks`: what a training step of generated code costs, beside others who do the same work."""
