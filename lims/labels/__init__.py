"""Barcodes bound to things, and the labels that carry them."""
