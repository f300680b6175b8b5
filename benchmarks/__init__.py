"""Measures what docs/performance.md reports: `python -m benchmarks`, or `make bench`.

Server, upstream and load generator are processes of their own on one machine, so they share one clock and two
cores. A benchmark measures and never fails a build; tests assert.
"""
