"""A laboratory's register of paired pre- and post-treatment specimens."""

__version__ = "0.1.0"
