"""Audits: a box counted through tube by tube, or a sample drawn from a freezer, and what is written down when it is accepted."""
