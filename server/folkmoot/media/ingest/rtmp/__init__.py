"""RTMP without input or output: bytes in, events and bytes to send out."""
