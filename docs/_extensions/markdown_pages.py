"""The directive ``markdown``: a file with headings, lists, tables, paragraphs, links and code."""

import re
from itertools import groupby
from pathlib import Path

UNDERLINES = "=-~"


def as_rst(text):
    """Return the text of a Markdown file as reStructuredText, without its title."""
    lines = _joined_links(text).splitlines()
    by_kind = groupby(lines, key=lambda line: line.startswith("|"))
    return "\n".join(
        line
        for is_table, block in by_kind
        for line in (_table(*block) if is_table else map(_line, block))
    )


def _table(header, _, *rows):
    yield from (".. list-table::", "    :header-rows: 1", "")
    for row in (header, *rows):
        first, *others = (_line(cell.strip()) for cell in row.strip("|").split("|"))
        yield f"    * - {first}"
        yield from (f"      - {cell}" for cell in others)


def _joined_links(text):
    """Put links in one line each, whose words were wrapped."""
    return re.sub(r"\[[^]]+\]\(", lambda link: " ".join(link[0].split()), text)


def _line(line):
    if heading := re.match(r"(#+) (.*)", line):
        level, title = len(heading[1]), heading[2].strip("[]").replace("] - ", " - ")
        # The page has a title of its own.
        return f"{title}\n{UNDERLINES[level - 1] * len(title)}" if level > 1 else ""
    parts = re.split(r"(`[^`]+`|\[[^]]+\]\([^)]+\)|\*\*[^*]+\*\*|^ *- )", line)
    parts[1::2] = [re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", part) for part in parts[1::2]]
    parts[::2] = [re.sub(r"([\\*_|`])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def setup(app):
    from sphinx.util.docutils import SphinxDirective

    class Markdown(SphinxDirective):
        required_arguments = 1

        def run(self):
            _, file = self.env.relfn2path(self.arguments[0])
            self.env.note_dependency(file)
            text = as_rst(Path(file).read_text(encoding="utf-8"))
            return self.parse_text_to_nodes(text, allow_section_headings=True)

    app.add_directive("markdown", Markdown)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
