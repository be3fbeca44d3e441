"""Deliver: streams, stills and playlists over HTTP."""
