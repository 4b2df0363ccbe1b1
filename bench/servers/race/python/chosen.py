"""What a server answers: what the hook of bench/hooks makes of a request, or, which is the floor of any hook, what a file says.

    python3 SERVER.py HOOKS_DIRECTORY
    python3 SERVER.py ANSWER.json
"""

import json
import sys
from pathlib import Path


def choose():
    """Returns the function from a request to an answer that the command line names."""
    path = Path(sys.argv[1])
    if path.is_dir():
        sys.path.insert(0, str(path))
        import hook

        return lambda request: hook.sync(request, {})
    answer = json.loads(path.read_text())
    return lambda request: answer
