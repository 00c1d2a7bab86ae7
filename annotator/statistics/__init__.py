"""Numbers from labels: NumPy arrays in, numbers out; nothing here has ever seen a record."""
