"""Received: pictures, voice notes and files that people send, made plain before they are kept."""
