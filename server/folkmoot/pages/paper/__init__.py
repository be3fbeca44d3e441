"""For those without a device: cards, their stubs, a helper's table."""
