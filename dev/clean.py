"""`make clean`: removes the local run's data, unless a run is using them."""

import shutil
import sys

from dev import kept, settings
from dev.steps import say


def main() -> int:
    """Remove the data and those set aside as damaged; the exit status."""
    directory = settings.state_directory()
    try:
        with kept.lock(directory):
            found = sorted(directory.glob("state*"))
            for data in found:
                shutil.rmtree(data)
    except kept.InUse as error:
        say(str(error))
        return 1
    say("Removed the local run's data; the next make run makes new ones." if found else "There are no data to remove.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
