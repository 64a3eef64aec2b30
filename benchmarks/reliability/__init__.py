"""Attacks and faults, measured: the figures of docs/reliability.md."""
