"""The shape of the source in figures, each with its limit; exit status 1 where one is not kept. CI runs it.

    python tools/structure.py [root of a checkout]

Rooms and their share of the lines, circles of imports, names that stand for two things, words that only one family
knows, and functions that are too long or too tangled.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path

LARGEST_SHARE = 0.20  # of a room
LONGEST_P90 = 20  # lines of a function
MOST_BRANCHES = 10  # of a function, as ruff's C901 counts them
TANGLED = 0  # functions with more; to be 0
TWINS = {"source files": 4, "classes": 4}  # names of two of them in different rooms; to be 0
FAMILY_FILES = 33  # that hold a family's words, outside where they belong; to be 0

# One file name in several rooms is right where it is the name of the thing itself.
TWIN_FILES = {
    "__init__": "of a package",
    "__main__": "of a package",
    **dict.fromkeys(("coreml", "onnx", "pytorch", "tnn", "tflite", "ncnn", "openvino"), "a format and its runtime"),
    **dict.fromkeys(("convolution", "elementwise", "normalization", "padding", "pooling", "reduction"), "its kernels"),
}
TWIN_CLASSES: dict[str, str] = {}

NUMBER = r"(?<![0-9_.-])(?<![0-9],)(?<![A-Za-wyz])256(?![0-9_]|(?!x)[A-Za-z]|[.,][0-9])"
WORDS = re.compile(rf"generator|embedder|mobilefsgan|{NUMBER}", re.IGNORECASE)
# The recipe trains this very network; what it makes is in weights/
HOMES = ("model/mobilefsgan/", "weights/", "reports/papers.py", "training/", "src/mobileswap/command/train.py")
# What reads like such a word and is none.
NO_FAMILY = {
    r"torch\.Generator|generator=(generator|source)\b": "PyTorch's source of random numbers",
    r"(np\.random|collections\.abc|typing)\.Generator|import .*\bGenerator\b": "NumPy's and Python's own",
    r"SHA-?256": "a hash",
    r"integers\(0, 256,": "the values of a byte",
}


@dataclass(frozen=True)
class Source:
    """A text file of the package, at its place in the checkout."""

    name: str
    text: str

    @property
    def room(self) -> str:
        folder, _, inside = self.name.partition("/")
        return inside.removeprefix("mobileswap/").partition("/")[0] if folder == "src" else folder

    @property
    def is_python(self) -> bool:
        return self.name.endswith(".py")


@dataclass(frozen=True)
class Figure:
    """What was counted: a line to print, what stands behind it, and whether the limit is kept."""

    words: str
    kept: bool
    details: tuple[str, ...] = ()


def main(root: Path) -> int:
    figures = tuple(measure(root))
    for figure in figures:
        print(f"{'ok  ' if figure.kept else 'FAIL'} {figure.words}")
        for detail in figure.details:
            print(f"       {detail}")
    return 0 if all(figure.kept for figure in figures) else 1


def measure(root: Path) -> Iterator[Figure]:
    sources = tuple(read(root))
    python = [source for source in sources if source.is_python]
    yield rooms(python)
    yield circles(root)
    yield twins(
        "source files", TWIN_FILES, ((Path(source.name).stem, source) for source in python if not _command(source))
    )
    yield twins("classes", TWIN_CLASSES, chain.from_iterable(map(_classes, python)))
    yield family_words(sources)
    yield lengths(python)
    yield branches(root)


def read(root: Path) -> Iterator[Source]:
    """Every file of the package that git knows or would take, by its real path: the rooms, src and their templates."""
    package = root / "src" / "mobileswap"
    linked = sorted(
        link.resolve().relative_to(root.resolve()).as_posix() for link in package.iterdir() if link.is_symlink()
    )
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "src", *linked]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    for name in names:
        path = root / name
        if path.is_file() and not path.is_symlink() and path.suffix not in (".png", ".safetensors"):
            yield Source(name, path.read_text(encoding="utf-8"))


def rooms(sources: Iterable[Source]) -> Figure:
    lines: Counter[str] = Counter()
    for source in sources:
        lines[source.room] += len(source.text.splitlines())
    whole = lines.total()
    shares = tuple(f"{count / whole:6.1%}  {count:6}  {room}" for room, count in lines.most_common())
    name, most = lines.most_common(1)[0]
    words = f"largest room: {name}, {most / whole:.1%} of {whole} lines (at most {LARGEST_SHARE:.0%})"
    return Figure(words, most / whole <= LARGEST_SHARE, shares)


def circles(root: Path) -> Figure:
    """Imports for types alone count as well."""
    found = circle(_imports(root))
    return Figure(f"circles of imports: {'one' if found else 0} (0)", not found, (" → ".join(found),) if found else ())


def circle(imports: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """One of them, if there is any."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def _imports(root: Path) -> dict[str, set[str]]:
    import grimp

    sys.path.insert(0, str(root / "src"))
    try:
        graph = grimp.build_graph("mobileswap", cache_dir=None)
    finally:
        sys.path.pop(0)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def twins(kind: str, allowed: Mapping[str, str], named: Iterable[tuple[str, Source]]) -> Figure:
    """Names that stand for something in several rooms; within a room a folder tells them apart."""
    places: defaultdict[str, list[Source]] = defaultdict(list)
    for name, source in named:
        places[name].append(source)
    doubled = {
        name: where
        for name, where in places.items()
        if name not in allowed and len({source.room for source in where}) > 1
    }
    shown = tuple(f"{name}: {', '.join(source.name for source in where)}" for name, where in sorted(doubled.items()))
    listed = f", {len(allowed)} names allowed" if allowed else ""
    return Figure(
        f"names of two {kind} in different rooms: {len(doubled)} (at most {TWINS[kind]}{listed})",
        len(doubled) <= TWINS[kind],
        shown,
    )


def _command(source: Source) -> bool:
    """A command's file is named as the command is, and so is what it calls."""
    return source.room == "command"


def _classes(source: Source) -> Iterator[tuple[str, Source]]:
    return ((node.name, source) for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.ClassDef))


def family_words(sources: Iterable[Source]) -> Figure:
    found = {}
    for source in sources:
        if not source.name.startswith(HOMES) and (lines := tuple(_lines_of_family(source.text))):
            found[source.name] = lines
    shown = tuple(f"{name}: {', '.join(map(str, lines))}" for name, lines in found.items())
    words = f"files outside its home with words of one family: {len(found)} (at most {FAMILY_FILES})"
    return Figure(words, len(found) <= FAMILY_FILES, shown)


def _lines_of_family(text: str) -> Iterator[int]:
    innocent = re.compile("|".join(NO_FAMILY))
    for number, line in enumerate(text.splitlines(), 1):
        if WORDS.search(innocent.sub("", line)):
            yield number


def lengths(sources: Iterable[Source]) -> Figure:
    lines = sorted(chain.from_iterable(map(_lengths, sources)))
    p90 = lines[len(lines) * 9 // 10]
    words = f"function length: p90 {p90} lines of {len(lines)} functions (at most {LONGEST_P90}), longest {lines[-1]}"
    return Figure(words, p90 <= LONGEST_P90)


def _lengths(source: Source) -> Iterator[int]:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


def branches(root: Path) -> Figure:
    """By ruff without the project's settings, so that no exception hides one."""
    rule = ("--isolated", "--select", "C901", "--config", f"lint.mccabe.max-complexity = {MOST_BRANCHES}")
    command = [sys.executable, "-m", "ruff", "check", *rule, "--output-format", "concise", "--no-cache", "."]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"ruff: {done.stderr.strip()}")
    found = tuple(line for line in done.stdout.splitlines() if "C901" in line)
    return Figure(
        f"functions with a complexity above {MOST_BRANCHES}: {len(found)} (at most {TANGLED})",
        len(found) <= TANGLED,
        found,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]))
