"""Containers inside containers, their holes, and which tube is in which."""
