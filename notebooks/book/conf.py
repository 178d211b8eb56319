"""Sphinx settings of the HTML book.

Everything is decided here and nothing is fetched: no kernel runs, formulas
become MathML while the book is made, the chart library is one file beside the
pages. The same notebooks give the same bytes.
"""
import pathlib
import re

from docutils import nodes
from pygments.lexer import RegexLexer, bygroups, using
from pygments.lexers.go import GoLexer
from pygments.lexers.shell import BashLexer
from pygments.token import Error, Keyword, Text

project = "socketbook"
author = "the socketbook authors"
copyright = author
language = "en"

extensions = ["myst_nb"]
exclude_patterns = []
nb_execution_mode = "off"  # outputs come from the notebooks
nb_merge_streams = True
nb_output_stderr = "show"
nb_render_error_lexer = "myst-ansi"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "socketbook"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_favicon = "_static/icon.svg"
html_last_updated_fmt = None
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it fetches pages, which a browser refuses from file:
html_use_index = False
html_math_renderer = "mathml"
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


class CellLexer(RegexLexer):
    """A notebook cell: Go, with lines for the kernel (%…) and the shell (!…)."""

    name = "gonb"
    tokens = {
        "root": [
            (r"^(%%?[^\n]*)(\n?)", bygroups(Keyword, Text)),
            (r"^(!\*?)([^\n]*\n?)", bygroups(Keyword, using(BashLexer))),
            # Never an empty match: the lexer would stand still.
            (r"(?:^(?![%!])(?:[^\n]+\n?|\n))+", using(GoLexer)),
        ]
    }

    def get_tokens_unprocessed(self, text, stack=("root",)):
        # What neither Go nor sh knows is shown as plain text, not as a mistake.
        for index, token, value in super().get_tokens_unprocessed(text, stack):
            yield index, Text if token is Error else token, value


def mathml(tex, mode):
    from latex2mathml.converter import convert

    return convert(tex, display=mode)


def visit_inline_math(self, node):
    self.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block_math(self, node):
    # A wide formula scrolls; tabindex lets the keyboard scroll it.
    self.body.append('<div class="math" tabindex="0">' + mathml(node.astext(), "block") + "</div>")
    raise nodes.SkipNode


def add_scripts(app, pagename, templatename, context, doctree):
    """The chart library and the controls, on pages that have some."""
    body = context.get("body") or ""
    if "echarts" in body:
        app.add_js_file("charts.js", loading_method="defer")
    if 'class="try"' in body:  # it loads engine.js by itself
        app.add_js_file("controls.js", loading_method="defer")


# The theme's two drawers are landmarks without names; a screen reader needs names.
LANDMARKS = [
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Book contents">'),
    ('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'),
]


def repair_pages(app, exception):
    if exception or app.builder.name != "html":
        return
    for page in sorted(pathlib.Path(app.outdir).rglob("*.html")):
        old = text = page.read_text("utf-8")
        for theirs, ours in LANDMARKS:
            text = text.replace(theirs, ours)
        if page.name == "search.html":  # has no heading of its own
            text = text.replace('<div id="search-results">', '<h1>Search</h1>\n<div id="search-results">')
        # Long lines of code and output scroll: let the keyboard in.
        text = re.sub(r"<pre(?![^>]*tabindex)", '<pre tabindex="0"', text)
        # The corner of a table heads nothing.
        text = re.sub(r'<th(?: class="head")?>(?:<p></p>)?</th>', "<td></td>", text)
        if text != old:
            page.write_text(text, "utf-8")


def setup(app):
    app.add_lexer("gonb", CellLexer)
    app.add_html_math_renderer("mathml", (visit_inline_math, None), (visit_block_math, None))
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", repair_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
