"""Make what is decorated visible: ``mutmut`` leaves decorated functions alone."""

import re
from pathlib import Path

PROPERTY = re.compile(r"^    @property\n    def (\w+)\(self\)", re.MULTILINE)
CACHED = re.compile(r"^@lru_cache\(.*\)\n(?=def )", re.MULTILINE)
AS_METHOD = r"    \1 = property(lambda self: self._read_\1())\n\n    def _read_\1(self)"


def make_plain(module: Path) -> None:
    """Let each property call a method, and cached functions forget."""
    text = module.read_text(encoding="utf-8")
    text = CACHED.sub("", PROPERTY.sub(AS_METHOD, text))
    module.write_text(text, encoding="utf-8")
