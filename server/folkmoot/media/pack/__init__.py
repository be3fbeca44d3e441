"""Pack: fragments into parts, segments and playlists, in memory and on the disk."""
