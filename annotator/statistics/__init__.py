"""Numbers from labels: NumPy arrays in, numbers out; nothing here knows a record."""
