"""Bytes of files to plain values: one reader per format, and every error knows its file and line."""
