"""What TNN's own program TNNTest needs: its text files, where it runs, and several inputs packed into one."""
