"""Media: from a publisher's bytes to segments that can be watched and kept."""
