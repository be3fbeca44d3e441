"""Clips: a span of a recording as one MP4 or M4A, cut without encoding anew."""
