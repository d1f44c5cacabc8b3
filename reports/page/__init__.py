"""One HTML file to look at before signing: verdict, faces, distributions; every number leads to the JSON it is from.

folder.py      what lies in a run folder, read and checked against itself
cell.py        a number with the place in the JSON that it was read from
axis.py        where a value lies on a drawn axis, and how values are spread
verdict.py faces.py parity.py latency.py sizes.py engine.py origin.py      a section each
picture.py     PNG files made small enough to be part of the page
build.py       all of it through templates/ into one file
"""

from mobileswap.reports.page.build import write_report

__all__ = ["write_report"]
