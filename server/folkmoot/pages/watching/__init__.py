"""The meeting as it is watched and heard, live and afterwards."""
