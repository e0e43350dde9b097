"""One table a file: what is started in turns, and how often."""
