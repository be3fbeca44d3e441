"""Folkmoot: the companion of public stakeholder meetings."""

__version__ = "0.1.0"
