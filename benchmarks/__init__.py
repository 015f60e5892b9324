"""Measurements for people; not installed."""
