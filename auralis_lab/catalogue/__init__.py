"""The library's catalogue: one DuckDB file that many processes share."""
