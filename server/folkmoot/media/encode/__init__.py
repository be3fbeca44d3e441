"""Encode: the ffmpeg behind each rung, what it is told, and when it is replaced."""
