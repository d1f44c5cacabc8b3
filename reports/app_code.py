"""How an app uses an artifact: a few lines in the language of its platform, with the artifact's own names."""

from mobileswap.contracts.artifact import Artifact
from mobileswap.reports.figures import interval


def usage(artifact: Artifact) -> str:
    """Markdown: the borders of the artifact as a list, then a listing where the format has one."""
    border = [f"- in `{spec.name}`: {_meaning(spec.shape, spec.value_range, spec.meaning)}" for spec in artifact.inputs]
    border += [
        f"- out `{spec.name}`: {_meaning(spec.shape, spec.value_range, spec.meaning)}" for spec in artifact.outputs
    ]
    listing = {"coreml": _swift, "onnx": _kotlin, "pytorch": _python, "tnn": _shell}.get(artifact.format)
    return "\n".join(border) + (f"\n\n{listing(artifact)}" if listing else "")


def _meaning(shape: tuple[int, ...], value_range: tuple[float, float], meaning: str) -> str:
    return f"{meaning}, {'×'.join(str(size) for size in shape)}, {interval(value_range)}"


def _swift(artifact: Artifact) -> str:
    image = artifact.io == "image"
    inputs = ", ".join(
        f'"{spec.name}": MLFeatureValue({"pixelBuffer" if image and spec.is_picture else "multiArray"}: {spec.name})'
        for spec in artifact.inputs
    )
    output = artifact.outputs[0]
    kind = "imageBufferValue" if image and output.is_picture else "multiArrayValue"
    return f"""```swift
// adding the package to an Xcode project compiles it there and generates a class that does the same
let model = try MLModel(contentsOf: try await MLModel.compileModel(at: packageURL))
let inputs = try MLDictionaryFeatureProvider(dictionary: [{inputs}])
let {output.name} = try model.prediction(from: inputs).featureValue(for: "{output.name}")!.{kind}!
```"""


def _kotlin(artifact: Artifact) -> str:
    inputs = ", ".join(f'"{spec.name}" to {spec.name}' for spec in artifact.inputs)
    output = artifact.outputs[0]
    return f"""```kotlin
val environment = OrtEnvironment.getEnvironment()
val session = environment.createSession(path)  // once; every input is an OnnxTensor
session.run(mapOf({inputs})).use {{ outputs ->
    val {output.name} = outputs["{output.name}"].get() as OnnxTensor
}}
```"""


def _python(artifact: Artifact) -> str:
    inputs = ", ".join(spec.name for spec in artifact.inputs)
    return f"""```python
module = torch.export.load(path).module()
{artifact.outputs[0].name} = module({inputs})
```"""


def _shell(artifact: Artifact) -> str:
    proto, model = (record.name for record in artifact.files)
    return f"""```sh
# with TNN's own test program and library, built for the phone; an app passes both files to TNN::Init
adb push TNNTest libTNN.so {proto} {model} /data/local/tmp
adb shell "cd /data/local/tmp && LD_LIBRARY_PATH=. ./TNNTest -mt TNN -mp {proto} -dt ARM -pr HIGH -th 4 -wc 10 -ic 100"
```"""
