"""`python -m tests.benchmarks`: what training steps and decoding cost, beside others who do the same work."""
