"""The desk: what waits for a liaison, what was forgotten, and acts on many wishes at once."""
