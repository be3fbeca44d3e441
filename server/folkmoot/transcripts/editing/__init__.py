"""Transcripts edited by people: what they may do, done so that no word is lost."""
