"""The live door: who somebody is, what they may do, and what reaches them at once."""
