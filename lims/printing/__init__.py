"""Printing: printers, the queue, and proof that each label came out and reads as its tube."""
