"""Due: what happens by itself when its time comes, and is tried again until it has."""
