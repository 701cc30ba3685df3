"""How the documentation is built: `sphinx-build -W -n docs docs/_build`."""

import enum
import inspect
import re

import attrs
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.inspect import signature as signature_of
from sphinx.util.inspect import stringify_signature

import loyaltyledger

project = "loyaltyledger"
author = "The loyaltyledger authors"
release = version = loyaltyledger.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# What attrs writes in place of a default.
GENERATED_DEFAULT = re.compile(r"attr_dict\['(\w+)'\]\.default")

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


def _signature(
    _app: Sphinx,
    what: str,
    _name: str,
    told: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show a method with its command's arguments, and defaults as one types them."""
    if what == "method" and inspect.isfunction(told):
        command = inspect.getclosurevars(told).nonlocals.get("command")
        if isinstance(command, type) and attrs.has(command):
            told = command
            signature = stringify_signature(
                signature_of(command),
                show_return_annotation=False,
                unqualified_typehints=True,
            )
    if signature is None or not isinstance(told, type) or not attrs.has(told):
        return signature, returns
    fields = attrs.fields_dict(told)
    return GENERATED_DEFAULT.sub(
        lambda found: _typed(fields[found[1]].default), signature
    ), returns


def _typed(default: object) -> str:
    if isinstance(default, enum.Enum):
        return f"{type(default).__name__}.{default.name}"
    if attrs.has(type(default)):
        return f"{type(default).__name__}()"
    if isinstance(default, frozenset) and default:
        return f"frozenset({sorted(default)})"
    return repr(default)


def _skips(
    _app: Sphinx, _what: str, name: str, told: object, _skip: object, _options: object
) -> bool | None:
    """Tell the members of an enumeration, and properties whose name says it all."""
    if isinstance(told, enum.Enum | property) and not name.startswith("_"):
        return False
    return None


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", _resolve)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skips)
