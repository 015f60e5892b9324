"""Measurements against others' programs. They are not installed with xbench; `make speed` runs them."""
