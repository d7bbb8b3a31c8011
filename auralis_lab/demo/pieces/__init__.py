"""The pieces of the demo library, one module each with ``render(rate_hz) -> Audio``."""
