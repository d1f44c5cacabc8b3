"""Results in, tables and Markdown out; the papers' tables as data. Imports contracts only: nothing is measured here."""
