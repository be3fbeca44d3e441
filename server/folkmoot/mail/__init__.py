"""Mail: what somebody asked for, and nothing else; off where it isn't set up."""
