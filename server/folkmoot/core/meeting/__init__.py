"""The meeting itself: made, opened and ended, its rooms and times, who has which duty."""
