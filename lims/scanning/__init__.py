"""What a scan means here and now."""
