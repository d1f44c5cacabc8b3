"""One deploy graph in, the files of one format out."""
