"""Pick lists: the tubes somebody wants, in the order one walks past them, and how each was taken."""
