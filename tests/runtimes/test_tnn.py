"""TNNTest as a runtime, played by a small program that reads and writes what the real one does."""

import json
import stat
import sys

import numpy as np
import pytest

from mobileswap.contracts.errors import BadInput, Unavailable
from mobileswap.formats.tnn.proto_reader import read_proto
from mobileswap.runtimes.plan import Plan
from mobileswap.runtimes.reference.tnn import TnnRunner
from mobileswap.runtimes.runner import RunnerOptions
from mobileswap.runtimes.tnn import TnnTestRunner, TnnTool, spread
from mobileswap.runtimes.tnntest.packing import packed_text, packing_of
from mobileswap.runtimes.tnntest.text_files import Times, input_text, parse_outputs, parse_times

DOUBLE = '"1 2 1 4206624772 ,"\n"x 2 1 3 0 ,"\n"x y ,"\n"y ,"\n"1 ,"\n"Power y 1 1 x y 1.0 2.0 0.0 ,"\n'
TWO = """\
"1 4 1 4206624772 ,"
"picture 4 1 2 3 4 0 : vector 2 1 7 0 ,"
"picture vector sum y ,"
"y sum ,"
"2 ,"
"ReduceSum sum 1 1 vector sum 1 1 ,"
"Pooling y 1 1 picture y 1 0 0 1 1 0 0 -1 -1 -1 0 0 0 0 ,"
"""
NOTHING = bytes.fromhex("0400bcfa00000000")
X = np.array([[1.5, -2.25, 1e-3]], np.float32)

# It doubles what it reads; FAKE_TNN says what goes wrong, FAKE_LOG keeps the flags and the numbers of every call
FAKE = f"""#!{sys.executable}
import json, os, sys, time
flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
mood = os.environ.get("FAKE_TNN", "")
numbers = [float(word) for word in open(flags["-ip"]).read().split()]
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(json.dumps([flags, numbers]) + "\\n")
assert open(flags["-mp"][:-5] + "model", "rb").read(4) == bytes.fromhex("0400bcfa")
if mood == "hang":
    time.sleep(60)
if mood == "device":
    sys.exit("E/tnn: CheckResult [File t][Line 1] create instance failed: code: 0x9000 msg: "
             "device is nil or unsupported")
if mood == "refuse":
    print("E/tnn: CheckResult [File t][Line 1] init tnn failed: code: 0x6005 msg: Error: layer_interpreter is nil ")
    sys.exit(5)
if mood == "crash":
    os.abort()
if mood != "silent":
    words = ["nan" if mood == "nan" else f"{{2 * number:.6f}}" for number in numbers]
    if mood == "short":
        words.pop()
    with open(flags["-op"], "w") as out:
        out.write("1\\ny mat_type: 32 dims: 2 1 3\\n" + "".join(word + "\\n" for word in words))
print("I/tnn: Print [File t][Line 59] x.tnnproto - X86   TNN Benchmark time cost: "
      "min =  1.000   ms  |  max =  4.000   ms  |  avg =  2.000   ms ")
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The program; ``fake.calls()`` is the flags and numbers of every call."""
    program = tmp_path / "bin" / "TNNTest"
    program.parent.mkdir()
    program.write_text(FAKE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    log = tmp_path / "calls.txt"
    monkeypatch.setenv("FAKE_LOG", str(log))

    class Fake:
        tool = TnnTool(program, timeout_s=20)

        @staticmethod
        def calls():
            return [json.loads(line) for line in log.read_text().splitlines()]

    return Fake


@pytest.fixture
def network(tmp_path):
    return save(tmp_path, DOUBLE)


def save(folder, proto):
    (folder / "net.tnnproto").write_text(proto)
    (folder / "net.tnnmodel").write_bytes(NOTHING)
    return folder / "net.tnnproto"


@pytest.fixture
def runner(fake, network):
    opened = TnnTestRunner(network, RunnerOptions(3, "X86"), fake.tool)
    yield opened
    opened.close()


def test_numbers_in_and_out(runner, fake):
    before = X.copy()
    found = runner.run({"x": X})
    assert found["y"].dtype == np.float32
    assert np.allclose(found["y"], 2 * X, atol=5e-7)
    assert np.array_equal(X, before)
    ((flags, numbers),) = fake.calls()
    assert np.array_equal(np.array(numbers, np.float32), X[0])
    assert {flag: flags[flag] for flag in ("-mt", "-dt", "-th", "-ic", "-wc", "-it", "-pr")} == {
        "-mt": "TNN",
        "-dt": "X86",
        "-th": "3",
        "-ic": "1",
        "-wc": "0",
        "-it": "0",
        "-pr": "HIGH",
    }
    assert runner.version.startswith("tnn X86 (TNNTest ")


def test_times_are_tnns_own_and_all_of_them(runner, fake):
    timing = runner.time({"x": X}, Plan(runs=7, warmup=5, warmup_s=0))
    assert timing.first_pass_ms == 2.0
    assert timing.samples_ms == (1.0, 1.0, 4.0, 1.0, 1.0, 4.0, 2.0)
    assert [(flags["-ic"], flags["-wc"]) for flags, _ in fake.calls()] == [
        ("1", "0"),
        ("3", "5"),
        ("3", "2"),
        ("1", "2"),
    ]


def test_nan_is_handed_on_for_the_gate_to_refuse(runner, monkeypatch):
    monkeypatch.setenv("FAKE_TNN", "nan")
    assert np.isnan(runner.run({"x": X})["y"]).all()


@pytest.mark.parametrize(
    ("mood", "error", "words"),
    [
        ("silent", RuntimeError, "left no output file"),
        ("short", ValueError, "2 numbers for outputs of 3"),
        ("refuse", RuntimeError, "layer_interpreter is nil"),
        ("crash", RuntimeError, "ended by signal 6"),
        ("device", Unavailable, "built without the device X86"),
    ],
)
def test_failures_have_names(runner, monkeypatch, mood, error, words):
    runner.run({"x": X})  # its output file must not be taken for the next one's
    monkeypatch.setenv("FAKE_TNN", mood)
    with pytest.raises(error, match=words):
        runner.run({"x": X})


def test_a_run_that_hangs_is_ended(fake, network, monkeypatch):
    monkeypatch.setenv("FAKE_TNN", "hang")
    runner = TnnTestRunner(network, RunnerOptions(), TnnTool(fake.tool.binary, timeout_s=0.5))
    with pytest.raises(TimeoutError, match=r"did not end within 0\.5 s"):
        runner.run({"x": X})
    runner.close()


def test_what_is_not_there(fake, network, tmp_path):
    with pytest.raises(Unavailable, match="no TNNTest there"):
        TnnTestRunner(network, RunnerOptions(), TnnTool(tmp_path / "nothing"))
    with pytest.raises(BadInput, match=r"'GPU'.*expected one of X86"):
        TnnTestRunner(network, RunnerOptions(1, "GPU"), fake.tool)
    with pytest.raises(BadInput, match="precision 'fp32'"):
        TnnTestRunner(network, RunnerOptions(), TnnTool(fake.tool.binary, precision="fp32"))
    plain = tmp_path / "plain"
    plain.write_text("no program")
    with pytest.raises(Unavailable, match="cannot be run here"):
        TnnTestRunner(network, RunnerOptions(), TnnTool(plain)).run({"x": X})
    network.with_suffix(".tnnmodel").unlink()
    with pytest.raises(BadInput, match=r"belongs beside the \.tnnproto"):
        TnnTestRunner(network, RunnerOptions(), fake.tool)


def test_wrong_inputs(runner):
    for wrong in ({}, {"z": X}, {"x": X.astype(np.float64)}, {"x": X[:, :1]}):
        with pytest.raises(ValueError, match=r"takes|expected"):
            runner.run(wrong)


def test_several_inputs_go_in_as_one(fake, tmp_path):
    """And the network is timed as it ships, each input fed from the start of the largest."""
    path = save(tmp_path, TWO)
    runner = TnnTestRunner(path, RunnerOptions(), fake.tool)
    picture = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    vector = np.arange(100, 107, dtype=np.float32).reshape(1, 7)
    with pytest.raises(ValueError, match="32 numbers"):  # the fake network gives back what it was given
        runner.run({"picture": picture, "vector": vector})
    runner.time({"picture": picture, "vector": vector}, Plan(runs=1, warmup=0, warmup_s=0))
    runner.close()
    calls = fake.calls()
    assert [flags["-mp"] for flags, _ in calls] == ["packed.tnnproto", "network.tnnproto", "network.tnnproto"]
    assert calls[0][1] == [*range(24), *range(100, 107), 0]
    assert calls[1][1] == list(range(24))


def test_packed_network_computes_the_same(tmp_path):
    proto = read_proto(save(tmp_path, TWO))
    inputs = {
        "picture": np.random.default_rng(0).standard_normal((1, 2, 3, 4)).astype(np.float32),
        "vector": np.random.default_rng(1).standard_normal((1, 7)).astype(np.float32),
    }
    expected = run_reference(tmp_path / "net.tnnproto", inputs)
    packing = packing_of(proto)
    assert (packing.width, packing.rows) == (4, (6, 2))
    (tmp_path / "packed.tnnproto").write_text(packed_text(TWO, packing))
    (tmp_path / "packed.tnnmodel").write_bytes(NOTHING)
    packed = packing.pack(inputs).reshape(1, 1, 8, 4)
    found = run_reference(tmp_path / "packed.tnnproto", {"mobileswap_packed": packed})
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def run_reference(path, inputs):
    runner = TnnRunner(path, RunnerOptions(1), "fp32")
    try:
        return runner.run(inputs)
    finally:
        runner.close()


def test_text_of_a_float_comes_back_the_same():
    numbers = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    assert np.array_equal(np.array(input_text(numbers).split(), np.float32), numbers)
    assert input_text(np.array([1e-40, -0.0, 1.0], np.float32)) == "0\n0\n1\n"


def test_outputs_of_several_blobs():
    text = "2\na mat_type: 32 dims: 1 2\nb mat_type: 32 dims: 2 1 2\n1.0\n2.0\n-nan\ninf\n"
    found = parse_outputs(text)
    assert found["a"].tolist() == [1, 2]
    assert np.isnan(found["b"][0, 0])
    assert np.isinf(found["b"][0, 1])


@pytest.mark.parametrize(
    "text", ["", "0\n", "x\n", "1\n", "1\ny dims: 1 2\n1\n2\n", "1\ny mat_type: 32 dims: 1 2\n1\nx\n"]
)
def test_other_output_files(text):
    with pytest.raises(ValueError, match=r"output file|could not convert"):
        parse_outputs(text)


def test_times_of_one_two_and_three_passes():
    assert spread(Times(1, 1, 1), 1) == [1]
    assert spread(Times(1, 3, 2), 2) == [1, 3]
    assert spread(Times(1.001, 3.5, 2.1), 3) == [1.001, 1.799, 3.5]
    with pytest.raises(ValueError, match="4 passes"):
        spread(Times(1, 2, 1.5), 4)
    with pytest.raises(ValueError, match="printed no times; what"):
        parse_times("something\nwhat\n")
