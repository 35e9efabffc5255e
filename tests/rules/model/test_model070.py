from __future__ import annotations

from pathlib import Path

from doctor.core.artifact.model import ScannedFile
from doctor.core.artifact.tensors import TensorValues
from doctor.core.fact import Reason, Source, SourceKind, Unknown
from doctor.core.report import Verdict
from tests.facts import absent, known
from tests.models import llama
from tests.rules.model.folders import judge_folder

PLACE = Source(kind=SourceKind.FILE, where="/models/tiny/model.safetensors")


def judged(tmp_path: Path, *files: ScannedFile):
    return judge_folder("MODEL070", llama().write(tmp_path), weight_values=files)


def test_the_tensors_are_named_file_by_file(tmp_path: Path):
    broken = TensorValues(not_finite=("a", "b", "c", "d"))
    found = judged(
        tmp_path,
        ScannedFile(name="model-1.safetensors", values=known(broken)),
        ScannedFile(name="model-2.safetensors", values=known(TensorValues(not_finite=("e",)))),
        ScannedFile(name="model-3.safetensors", values=known(TensorValues(zero=("f",)))),
    )
    assert [(problem.subject, problem.message) for problem in found.problems] == [
        ("model-1.safetensors", "4 tensors hold NaN or infinity: a, b, c and 1 more"),
        ("model-2.safetensors", "1 tensor holds NaN or infinity: e"),
    ]


def test_a_file_that_could_not_be_read_to_its_end_is_not_healthy(tmp_path: Path):
    gap = Unknown(reason=Reason.MALFORMED, detail="the file ends within x", source=PLACE)
    found = judged(tmp_path, ScannedFile(name="model.safetensors", values=gap))
    assert found.undetermined


def test_without_deep_it_is_not_applicable(tmp_path: Path):
    found = judge_folder("MODEL070", llama().write(tmp_path), weight_values=absent("not asked for"))
    assert found.verdict is Verdict.NOT_APPLICABLE
