from __future__ import annotations

import dataclasses

import pytest

from doctor.core.basis import Basis
from doctor.core.breakage import Breakage, Circumstance
from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, Finding, Phase, PhaseName
from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from tests.facts import judge, known
from tests.rules.e2e.phase_rule import PhaseRule
from tests.rules.e2e.runs import crashed, outcome, raised

DEMO = Breakage(
    name="demo-breaks",
    cause=Cause.NUMPY_2,
    reason="it was compiled for another demo",
    fix="Install an older demo.",
    basis=Basis.DECLARED,
    sources=("METADATA of demo 1.4",),
    when=(Circumstance(packages={"demo": ">=1,<2"}), Circumstance(packages={"demo": "<0.5"})),
    symptoms=("in start", "demo broke in .{1,20}"),
    install=("demo<1",),
)


def breakage(name="demo-breaks", **changes):
    return dataclasses.replace(DEMO, name=name, **changes)


class TestE2E004(PhaseRule):
    code = "E2E004"
    phases = (PhaseName.VLLM_START,)
    cause = Cause.OTHER

    @pytest.mark.parametrize(
        ("message", "cause"),
        [
            ("ModuleNotFoundError: No module named 'some_module'", Cause.MISSING_PACKAGE),
            ("x (first cause: RuntimeError: operator torchvision::nms does not exist)", Cause.ABI_MISMATCH_OTHER),
            ("ImportError: a/_C.abi3.so: undefined symbol: _ZN3c10", Cause.ABI_MISMATCH_OTHER),
            ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", Cause.GPU_MEMORY),
            ("ValueError: No available memory for the cache blocks. Try increasing", Cause.GPU_MEMORY),
            ("RuntimeError: CUDA error: no kernel image is available for execution", Cause.GPU_ARCH_NOT_IN_WHEEL),
            ("RuntimeError: The NVIDIA driver on your system is too old", Cause.DRIVER_TOO_OLD),
            ("DistBackendError: NCCL error in: ProcessGroupNCCL.cpp", Cause.NCCL),
            ("OSError: [Errno 28] No space left on device: '/dev/shm/psm_1'", Cause.SHARED_MEMORY),
            (
                "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0",
                Cause.BF16_UNSUPPORTED,
            ),
            ("ValueError: LoRA rank 64 is greater than max_lora_rank 16.", Cause.LORA_RANK),
            ("ImportError: /lib/libc.so.6: version `GLIBC_2.38' not found", Cause.PLATFORM_OR_GLIBC),
            ("ValueError: odd", Cause.OTHER),
        ],
    )
    def test_the_exception_names_the_cause(self, message, cause):
        found = outcome(self.code, PhaseName.VLLM_START, raised(message))
        assert [found.cause_of(problem) for problem in found.problems] == [cause]
        assert message in found.problems[0].message
        assert "it said" not in found.problems[0].message
        assert "last words" not in found.problems[0].message

    def test_what_to_do_for_the_kind_of_fault_comes_before_what_always_helps(self):
        found = outcome(self.code, PhaseName.VLLM_START, raised("ModuleNotFoundError: No module named 'some_module'"))
        first, second = found.problems[0].remedies
        assert first.text.startswith("Install what is named")
        assert "`doctor verify`" in second.text

    def test_other_answers_are_not_put_down_to_words_of_the_log(self):
        finding = Finding(ending=Ending.DIFFERS, message="tokens differ", log=("a test of NCCL",))
        found = outcome(self.code, PhaseName.VLLM_START, finding)
        assert found.cause_of(found.problems[0]) is Cause.OTHER

    def test_where_the_exception_names_none_the_log_is_asked(self):
        said = "ImportError: libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by vllm/_C.abi3.so)"
        finding = Finding(
            ending=Ending.RAISED, message="AttributeError: no init_cpu_threads_env", log=("Traceback", said)
        )
        found = outcome(self.code, PhaseName.VLLM_START, finding)
        assert [found.cause_of(problem) for problem in found.problems] == [Cause.PLATFORM_OR_GLIBC]
        assert f"Before that it said: {said}" in found.problems[0].message

    def test_a_signal_names_the_cause_and_the_last_words_are_quoted(self):
        found = outcome(self.code, PhaseName.VLLM_START, crashed("SIGILL"))
        assert [found.cause_of(problem) for problem in found.problems] == [Cause.PLATFORM_OR_GLIBC]
        assert "(last words: b / c / last); " in found.problems[0].message

    def test_a_process_that_was_ended_without_a_word_has_none_quoted(self):
        finding = Finding(ending=Ending.CRASHED, message="the process was ended by SIGSEGV: so")
        (problem,) = outcome(self.code, PhaseName.VLLM_START, finding).problems
        assert problem.message.startswith("the process was ended by SIGSEGV: so; ")

    def test_a_known_breakage_brings_its_own_cause_and_remedy(self):
        found = judged_with(matrix_of(breakage()), {"demo": "1.4"})
        problem = found.problems[0]
        assert found.cause_of(problem) is Cause.NUMPY_2
        assert "This is a known breakage, demo-breaks: it was compiled for another demo" in problem.message
        assert problem.remedies[0].pins == ("demo<1",)
        assert "demo-breaks" in [item.key for item in found.evidence]

    def test_a_breakage_of_other_versions_is_not_suspected(self):
        found = judged_with(matrix_of(breakage()), {"demo": "3.0"})
        assert found.cause_of(found.problems[0]) is Cause.OTHER
        assert "demo-breaks" not in found.problems[0].message

    def test_what_says_more_goes_before_what_is_general(self):
        general = breakage("general", general=True)
        found = judged_with(matrix_of(general, breakage()), {"demo": "1.4"})
        assert "known breakage, demo-breaks" in found.problems[0].message

    @pytest.mark.parametrize("when", [(), (Circumstance(capability="<8.0"), Circumstance(packages={"demo": ">=2"}))])
    def test_a_breakage_that_the_run_does_not_bear_out_may_be_it(self, when):
        """Where a row states no circumstance, and where the run does not tell of one."""
        found = judged_with(matrix_of(breakage(when=when)), {"demo": "1.4"})
        assert "This may be a known breakage, demo-breaks" in found.problems[0].message

    @pytest.mark.parametrize(
        "others",
        [
            (breakage("other", symptoms=("never said",)),),
            (breakage("later", symptoms=("broke in",)),),
            (breakage("unsure", symptoms=("RuntimeError",), when=()),),
        ],
        ids=["not said", "said later", "not borne out"],
    )
    def test_of_several_the_one_whose_words_and_versions_fit_best(self, others):
        found = judged_with(matrix_of(*others, breakage()), {"demo": "1.4"})
        assert "This is a known breakage, demo-breaks" in found.problems[0].message

    def test_of_two_that_fit_alike_the_first(self):
        found = judged_with(matrix_of(breakage(), breakage("second")), {"demo": "1.4"})
        assert "This is a known breakage, demo-breaks" in found.problems[0].message


def matrix_of(*rows):
    return Matrix(version="test", breakages=rows)


def judged_with(matrix, versions):
    finding = Finding(ending=Ending.RAISED, message="RuntimeError: demo", log=("Traceback", "demo broke", " in start"))
    phases = (Phase(name=PhaseName.VLLM_START, seconds=1.0, finding=known(finding)),)
    return judge("E2E004", {END_TO_END: EndToEnd(phases=phases, seconds=1.0, versions=versions)}, matrix)
