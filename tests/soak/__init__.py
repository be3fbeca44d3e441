"""A live meeting under load whose server is killed: `python -m tests.soak`."""
