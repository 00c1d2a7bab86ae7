"""Annotator: label the news for stance and framing, and learn from the labels."""

__version__ = "0.1.0"
