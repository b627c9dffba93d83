"""Many clients at the running service, what they do, and an onlooker who judges what became of it."""
