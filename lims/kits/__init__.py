"""Kits: the tubes of one collection, labelled before the patient comes."""
