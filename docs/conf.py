"""How the documentation is built: `sphinx-build -W -n docs docs/_build`."""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import loyaltyledger

project = "loyaltyledger"
author = "The loyaltyledger authors"
release = version = loyaltyledger.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

# Other projects' names could only be looked up over the network.
nitpick_ignore_regex = [("py:.*", r"(?!loyaltyledger\b).*")]


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.Node | None:
    """Lead `loyaltyledger.points.lots.Lot` to `loyaltyledger.Lot`, where it is told.

    What is not public is shown without a link.
    """
    room, _, name = node.get("reftarget", "").rpartition(".")
    if node.get("refdomain") != "py" or room.split(".")[0] != "loyaltyledger":
        return None
    if name in getattr(loyaltyledger, "__all__", ()) and room != "loyaltyledger":
        domain = env.domains.python_domain
        return domain.resolve_xref(
            env,
            node["refdoc"],
            app.builder,
            "obj",
            f"loyaltyledger.{name}",
            node,
            shown,
        )
    return shown if room != "loyaltyledger" else None


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", _resolve)
