"""Arrays and plain values in, numbers out; nothing here sees a record."""
