"""Order in the threads: rules, what waits or is hidden, embargoes and appeals."""
