"""What every page rests on: its value, its rendering, its forms, and what it may use."""
