"""Requests made up from the API's own description: what they may name, and the files they send."""
