"""Printers that are none: they listen on a real port, speak a printer's language, and remember what they printed."""
