"""`python requirements.py EXTRA…`: what the project and these extras of it need, a line each, for a layer of the image
that stays as it is while only code changes."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
wanted = [
    *project["dependencies"],
    *(need for extra in sys.argv[1:] for need in project["optional-dependencies"][extra]),
]
print("\n".join(wanted))
