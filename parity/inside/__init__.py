"""Looks at the tensors inside of an artifact: where error grows, what half precision does to ranges."""
