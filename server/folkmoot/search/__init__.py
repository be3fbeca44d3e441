"""Finding what was said and written: passages, query language, engines, index."""
