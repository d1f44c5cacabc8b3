"""Blob names that survive the text format, which splits lines at blanks, commas and colons and drops quotes."""

import re

_ILLEGAL = re.compile(r"[^A-Za-z0-9_./-]")


class Names:
    """Hands out one legal, unique name for each ONNX name, always the same one."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def of(self, onnx_name: str) -> str:
        """The legal name that stands for an ONNX name."""
        if onnx_name not in self._given:
            self._given[onnx_name] = self.fresh(onnx_name)
        return self._given[onnx_name]

    def fresh(self, wish: str) -> str:
        """A legal name that nothing else has, as near to the wish as it can be."""
        base = _ILLEGAL.sub("_", wish) or "blob"
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}_{count}"
        self._taken.add(name)
        return name
