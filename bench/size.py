"""What is uploaded: the zip of the function and of every peer, packed alike."""

from typing import Final

from bench import Found, Say, row, trees

_MEGABYTE: Final = 1024 * 1024
_MOST: Final = 8.0


def run(say: Say) -> Found:
    """A row for ours, and one for each peer to compare."""
    rows = []
    for name in trees.laid_down(say):
        say(f"packing {name}")
        size = trees.zip_of(name).stat().st_size / _MEGABYTE
        rows.append(row(f"zip, {name}", size, "MB", _MOST if name == "ours" else None))
    return {"rows": rows}
