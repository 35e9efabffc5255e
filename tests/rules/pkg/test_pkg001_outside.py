"""PKG001: what hides the environment's own distribution is taken away first."""

from __future__ import annotations

from doctor.core.interpreter import StartCode
from tests.facts import distribution
from tests.rules.pkg.required import only, outcome


class TestFromOutside:
    """What lies before the environment's own packages is not mended by an installation into it."""

    FOUND = (
        distribution("vllm", "1", "numpy>=2"),
        distribution("numpy", "1.26.4", path="/shared/numpy-1.26.4.dist-info"),
        distribution("numpy", "2.3.5", shadowed=True),
    )

    def test_of_pythonpath(self):
        problem = only(outcome(*self.FOUND, python_path=("/shared/",)))
        assert "1.26.4 is installed in /shared, which comes first on the search path" in problem.message
        assert problem.remedies[0].commands == (("unset", "PYTHONPATH"),)

    def test_of_a_pth_file(self):
        line = StartCode(file="/env/a.pth", code="", first=("/shared",))
        problem = only(outcome(*self.FOUND, start_code=(line,)))
        assert problem.remedies[0].commands == (("rm", "/env/a.pth"),)
