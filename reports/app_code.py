"""How an app uses an artifact: a few lines in the language of its platform, with the artifact's own names."""

from importlib.resources import files

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.figures import interval

_LISTINGS = files("mobileswap.reports") / "listings"  # a template per format, <name>.md.jinja


def usage(artifact: Artifact) -> str:
    """Markdown: the borders of the artifact as a list, then a listing where the format has one."""
    border = [f"- in `{spec.name}`: {_meaning(spec.shape, spec.value_range, spec.meaning)}" for spec in artifact.inputs]
    border += [
        f"- out `{spec.name}`: {_meaning(spec.shape, spec.value_range, spec.meaning)}" for spec in artifact.outputs
    ]
    listing = _listing(artifact)
    return "\n".join(border) + (f"\n\n{listing}" if listing else "")


def _meaning(shape: tuple[int, ...], value_range: tuple[float, float], meaning: str) -> str:
    return f"{meaning}, {'×'.join(str(size) for size in shape)}, {interval(value_range)}"


def _listing(artifact: Artifact) -> str:
    from jinja2 import Environment, StrictUndefined

    template = _LISTINGS / f"{artifact.format}.md.jinja"
    if not template.is_file():
        return ""
    markdown = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    return markdown.from_string(template.read_text("utf-8")).render(
        inputs=artifact.inputs, outputs=artifact.outputs, files=artifact.files, image=artifact.io == "image"
    )
