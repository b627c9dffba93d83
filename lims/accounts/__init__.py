"""People, their roles, what they may do, their sessions and tokens, and acts done exactly once."""
