"""Aliquots worked together for one assay."""
