"""Rooms on air: channels, markers, what is cut out, and the team's signals."""
