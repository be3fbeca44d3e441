"""What a meeting is and what may happen in it: values and rules, no I/O."""
