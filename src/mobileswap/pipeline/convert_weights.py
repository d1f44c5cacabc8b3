"""``weights convert``: a checkpoint of any accepted container to .safetensors, checked on the way."""

from pathlib import Path

from mobileswap.contracts.errors import BadInput
from mobileswap.contracts.publish import publish
from mobileswap.contracts.staging import staging
from mobileswap.model.checkpoint.choice import split_preference
from mobileswap.model.checkpoint.loading import load
from mobileswap.model.families import components


def convert(source: str, out: Path | None, family: str) -> list[Path]:
    """Write one .safetensors file per component of what ``--weights`` would take.

    Raises:
        BadInput: as ``model.checkpoint.load``; or ``out`` is the checkpoint itself, or no .safetensors name.
    """
    from safetensors.torch import save_file

    loaded = load((source,), components(family))
    checkpoint = Path(split_preference(source)[1])
    target = out or checkpoint.with_suffix(".safetensors")
    if target.suffix != ".safetensors":
        raise BadInput(f"-o {target}: expected a name that ends in .safetensors")
    if target.resolve() == checkpoint.resolve():
        raise BadInput(f"{checkpoint}: is .safetensors already; give another name with -o")
    written = {}
    folder = target.absolute().parent
    with staging(folder) as stage:
        for name, entry in loaded.items():
            path = target if len(loaded) == 1 else target.with_stem(f"{target.stem}-{name}")
            save_file(dict(entry.state), stage / path.name, metadata={"sha256": entry.record.sha256})
            (stage / path.name).chmod(0o644)  # safetensors makes it private to the user
            written[stage / path.name] = path
        publish(stage, {finished: folder / path.name for finished, path in written.items()})
    return list(written.values())
