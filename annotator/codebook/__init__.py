"""Codebooks as values and files, known to every layer above."""
