"""Reference executors: our own runners for files whose vendor's runtime does not exist on this machine."""
