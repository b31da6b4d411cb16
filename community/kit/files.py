"""Files that are written once, by whoever comes first."""

import os
import tempfile
from pathlib import Path


def make_once(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all, unless there is one already.

    Of several who do so at once the first one wins, and what it wrote is what all find.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Linking fails where the file stands already.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
