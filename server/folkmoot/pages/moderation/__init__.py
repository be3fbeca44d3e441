"""Where a meeting is kept in order, and the public record of it."""
