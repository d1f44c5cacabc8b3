"""All sections into one file that needs no other and asks no network for anything."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.files import write_text
from mobileswap.reports.figures import NOTHING
from mobileswap.reports.page.engine_section import engine
from mobileswap.reports.page.faces_section import faces
from mobileswap.reports.page.headline import verdict
from mobileswap.reports.page.latency_section import latency
from mobileswap.reports.page.origin_section import origin
from mobileswap.reports.page.parity_section import parity
from mobileswap.reports.page.run_folder import REPORT, read_run
from mobileswap.reports.page.size_section import sizes

_TEMPLATES = files("mobileswap.reports.page") / "templates"


def write_report(folder: Path, file: Path | None = None, *, name: str = "") -> Path:
    """Write the report on a run folder from what lies in it, and from nothing else.

    Args:
        folder: as ``release``, ``parity check --report`` or ``export`` left it.
        file: of the report; ``report.html`` in the folder where it is None. Links lead from there into the folder.
        name: of the folder, where it will have another one than it has now.

    Returns:
        The file.

    Raises:
        BadInput: nothing to report on, a file of the folder that cannot be used, or ``file`` cannot be written.
    """
    page = file or folder / REPORT
    if file and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise BadInput(f"-o {file}: expected a file in a folder that is there; name another")
    write_text(page, render(folder, page, name or folder.resolve().name))
    return page


def render(folder: Path, page: Path, name: str) -> str:
    """The page as HTML; see ``write_report``."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    run = read_run(folder, page)
    environment = Environment(
        loader=FunctionLoader(lambda name: (_TEMPLATES / name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = ((_TEMPLATES / name).read_text("utf-8") for name in ("page.css", "page.js"))
    return environment.get_template("page.html.jinja").render(
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        # nothing but what is written above runs or is fetched, whatever a name in the folder may hold
        policy="; ".join(
            ("default-src 'none'", "img-src data:", f"style-src '{_hash(style)}'", f"script-src '{_hash(script)}'")
        ),
        nothing=NOTHING,
        version=version("mobileswap"),
        folder=name,
        bench=run.bench,
        run=run,
        verdict=verdict(run),
        faces=faces(run),
        parity=parity(run),
        latency=latency(run),
        sizes=sizes(run),
        packages=engine(run),
        origin=(found := origin(run)),
        dates=found.dates,
        made=found.made,
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
