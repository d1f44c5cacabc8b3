"""Opens artifacts and executes them: a file per runtime, the list of them, and the process that each runs in."""
