"""Live updates and quick questions: read, written, asked and answered."""
