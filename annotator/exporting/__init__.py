"""Plain rows to the bytes of a data set: one writer per format."""
