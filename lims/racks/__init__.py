"""What a rack scanner saw of a box, compared tube by tube with what is recorded, and taken over as a whole or not at all."""
