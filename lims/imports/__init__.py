"""A hospital's files, read row by row into the laboratory's own acts."""
