"""What is told and asked while a meeting runs: live updates and quick questions."""
