"""Each figure of tools/structure.py on sources that keep its limit and on such as do not."""

import subprocess

import pytest
import structure
from folders import ROOT
from structure import Source


def sources(**texts):
    return [Source(name.replace("__", "/") + ".py", text) for name, text in texts.items()]


def test_rooms_and_files_of_the_checkout():
    read = {source.name: source.room for source in structure.read(ROOT)}
    assert read["model/families.py"] == "model"
    assert read["src/mobileswap/command/app.py"] == "command"
    assert read["reports/page/templates/page.css"] == "reports"
    assert not any(name.startswith(("tests/", "src/mobileswap/model/")) for name in read)


def test_a_room_above_a_fifth():
    kept = structure.rooms(sources(**{f"room{i}__a": "x\n" * 20 for i in range(5)}))
    broken = structure.rooms(sources(**{f"room{i}__a": "x\n" * (20 + (i == 3)) for i in range(5)}))
    assert kept.kept
    assert not broken.kept
    assert broken.words.startswith("largest room: room3, 20.8% of 101 lines")


def test_a_circle():
    assert structure.circle({"a": {"b"}, "b": {"c"}, "c": set()}) == ()
    found = structure.circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert set(found) == {"a", "b", "c"}
    assert found[0] == found[-1]


def test_twins(monkeypatch):
    monkeypatch.setitem(structure.TWINS, "classes", 0)
    two = sources(bench__a="class Finding: ...", lint__b="class Finding: ...\nclass Rule: ...")
    found = structure.twins("classes", {}, [entry for source in two for entry in structure._classes(source)])
    assert (found.kept, found.details) == (False, ("Finding: bench/a.py, lint/b.py",))
    assert structure.twins("classes", {"Finding": "why"}, [("Finding", source) for source in two]).kept
    assert structure.twins("classes", {}, [("Finding", source) for source in sources(a__b="", a__c__b="")]).kept


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("the generator's picture", True),
        ("def embedder_beside():", True),
        ('family = "MobileFSGAN"', True),
        ("(1, 3, 256, 256)", True),
        ("a 256x256 picture", True),
        ("1×3×256×256 or 1x3x256x256", True),
        ("256² pixels", True),
        ("sha256_of(path), SHA-256, hashlib.sha256()", False),
        ("torch.Generator().manual_seed(7)", False),
        ("from collections.abc import Generator, Iterator", False),
        ("1256, 2560, 0.256, 256.5, b256_down", False),
        ("generated, embedding", False),
        ("torch.Generator()  # of the generator", True),
    ],
)
def test_words_of_one_family(line, counts):
    assert list(structure._lines_of_family(f"first\n{line}\n")) == ([2] if counts else [])


def test_words_of_one_family_are_right_where_they_belong(monkeypatch):
    monkeypatch.setattr(structure, "FAMILY_FILES", 0)
    text = "# the generator"
    assert structure.family_words(sources(model__mobilefsgan__blocks=text, weights__seeded=text)).kept
    found = structure.family_words(sources(reports__papers=text, reports__table=f"\n{text}"))
    assert (found.kept, found.details) == (False, ("reports/table.py: 2",))


def test_long_functions():
    def text(lines):
        return "def f():\n" + "    x = 1\n" * (lines - 1)

    short, long = "\n".join([text(20)] * 9), text(21)
    assert structure.lengths(sources(a__b="\n".join([short, text(20), long]))).kept
    assert not structure.lengths(sources(a__b="\n".join([short, long, long]))).kept


def test_tangled_functions(tmp_path, monkeypatch):
    monkeypatch.setattr(structure, "TANGLED", 0)
    (tmp_path / "a.py").write_text("def f(x):\n" + "    if x: pass\n" * 9)
    assert structure.branches(tmp_path).kept
    (tmp_path / "b.py").write_text("def g(x):  # noqa: C901\n" + "    if x: pass\n" * 10)
    (tmp_path / "c.py").write_text("def h(x):\n" + "    if x: pass\n" * 10)
    found = structure.branches(tmp_path)
    assert not found.kept
    assert any("`h` is too complex (11 > 10)" in line for line in found.details)


def test_the_command_says_each_figure_and_fails_over_one(tmp_path, monkeypatch, capsys):
    def git(*words):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    package = tmp_path / "src" / "mobileswap"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for room in "abcdef":
        (tmp_path / room).mkdir()
        (tmp_path / room / f"{room}.py").write_text(f"def {room}():\n    pass\n")
        (package / room).symlink_to(f"../../{room}")
    git("init", "-q")
    monkeypatch.setattr(structure, "TWINS", {"source files": 0, "classes": 0})
    monkeypatch.setattr(structure, "_imports", lambda root: {"a": set()})
    assert structure.main(tmp_path) == 0
    assert capsys.readouterr().out.count("ok  ") == 7
    (tmp_path / "a" / "b.py").write_text("")
    assert structure.main(tmp_path) == 1
    assert "FAIL names of two source files in different rooms: 1 (at most 0, " in capsys.readouterr().out
