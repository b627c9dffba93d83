"""Collections, specimens, aliquots: what was taken, what came of it, what is left."""
