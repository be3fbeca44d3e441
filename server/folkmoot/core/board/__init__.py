"""The board: sessions from pitch to outcome, their places, hosts, hands and notes."""
