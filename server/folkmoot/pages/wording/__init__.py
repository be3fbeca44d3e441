"""Values as people read and write them: times, names, prose, codes."""
