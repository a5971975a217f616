"""Disclosure Yearbook: from published reports to numbers with evidence in DuckDB."""

import gc

# A report makes about 10,000 small objects that die with it; the default would look through them 17 times meanwhile.
gc.set_threshold(10_000, 20, 20)
