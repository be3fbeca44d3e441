"""What comes of what was said: answers, promises, actions and outcomes."""
