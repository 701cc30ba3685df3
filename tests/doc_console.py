"""Follows a page of the documentation that is about the command line.

In the page, a comment before a block says what it is: `<!-- file: NAME -->` a file to
write, `<!-- output -->` what the last command printed, `<!-- exits: CODE -->` how the
commands of the block end. Commands are the lines that begin with `loyaltyledger`.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(
    r"(?:^<!-- (?P<word>file|output|exits):? ?(?P<value>\S*) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def follow(page: str) -> int:
    """Do in this folder what the page says; return how many commands that were."""
    printed = ""
    commands = 0
    for block in BLOCK.finditer(Path(page).read_text(encoding="utf-8")):
        word, value, body = block["word"], block["value"], block["body"]
        if word == "file":
            Path(value).write_text(body, encoding="utf-8")
        elif word == "output":
            assert printed.rstrip() == body.rstrip(), printed
        elif block["language"] == "console":
            code = int(value) if word == "exits" else 0
            for command in re.findall(r"^loyaltyledger .*$", body, re.MULTILINE):
                printed = _run(command, code)
                commands += 1
    return commands


def _run(command: str, code: int) -> str:
    _, *arguments = shlex.split(command)
    ran = subprocess.run(
        [sys.executable, "-m", "loyaltyledger", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == code, (command, ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout
