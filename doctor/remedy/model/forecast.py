"""What a folder would be after its mends, without changing it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctor.remedy.model.apply import BACKUP
from doctor.remedy.model.plan import Mend


@contextmanager
def mended(folder: Path, mends: tuple[Mend, ...]) -> Iterator[Path]:
    """Yield a folder of links to what is in `folder`, in which the mends are done; weights are not copied.

    Raises:
        OSError: the folder cannot be listed, or nothing can be written to the temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="doctor-") as place:
        shadow = Path(place, folder.name)
        shadow.mkdir()
        for entry in os.scandir(folder):
            (shadow / entry.name).symlink_to(folder.absolute() / entry.name)
        for mend in mends:
            target = shadow / mend.file
            if os.path.lexists(target):
                target.rename(target.with_name(target.name + BACKUP))
            if mend.content is not None:
                target.write_bytes(mend.content)
        yield shadow
