"""One line each for what a test begins with: a trial, a participant, doses, a collection, aliquots."""
