"""Health: what a room's broadcast measures, what is wrong with it, how long it lasts."""
