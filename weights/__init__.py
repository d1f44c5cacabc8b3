"""Built-in weights made by rule, two aligned face photographs, and the manifest that says where each came from.

A leaf package: it imports contracts only and knows no network; a model passes the shapes of its own state_dict in.
"""
