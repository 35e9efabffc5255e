"""PKG001: what hides the environment's own distribution is taken away first."""

from __future__ import annotations

import pytest

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

    def test_of_another_folder_than_the_ones_of_pth_files(self):
        line = StartCode(file="/env/a.pth", code="", first=("/other",))
        problem = only(outcome(*self.FOUND[::-1], python_path=("/shared",), start_code=(line,)))
        assert problem.remedies[0].commands == (("unset", "PYTHONPATH"),)

    @pytest.mark.parametrize(
        ("path", "first"),
        [
            ("/usr/lib/python3/dist-packages/numpy-1.26.4.dist-info", "/shared"),
            ("/env/lib/python3.11/site-packages/numpy-1.26.4.dist-info", "/env/lib/python3.11/site-packages"),
            ("", "/"),
        ],
    )
    def test_what_does_not_lie_before_them_is_mended_by_an_installation(self, path, first):
        numpy = distribution("numpy", "1.26.4", path=path)
        problem = only(outcome(self.FOUND[0], numpy, python_path=(first,)))
        assert "install" in problem.remedies[0].commands[0]
