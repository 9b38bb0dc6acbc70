"""The directive ``command-line``: all sub-commands of skdigits, as their parsers describe them."""

import argparse
import re


def sub_commands(parser):
    """Return the parsers of the sub-commands by name."""
    (action,) = (it for it in parser._actions if isinstance(it, argparse._SubParsersAction))
    return action.choices


def shown_actions(parser):
    """Return the arguments and options that the help of a sub-command lists."""
    return [it for it in parser._actions if it.help is not argparse.SUPPRESS]


def as_rst(parser):
    """Return a section for each sub-command: its description, its usage and its options."""
    return "\n".join(_section(command) for command in sub_commands(parser).values())


def _section(command):
    name = command.prog
    # Python 3.14 colours what it formats if it takes the build for a terminal.
    command.color = False
    # In one line, which the page wraps.
    usage = " ".join(command.format_usage().split())
    lines = [name, "-" * len(name), "", _text(command.description), ""]
    lines += [".. code-block:: none", "", f"    {usage}", "", f".. program:: {name}", ""]
    for action in shown_actions(command):
        values = {**vars(action), "prog": name}
        lines += [f".. option:: {_signature(action)}", "", f"    {_text(action.help % values)}", ""]
    return "\n".join(lines)


def _signature(action):
    if not action.option_strings:
        return action.metavar or action.dest
    value = action.metavar or "|".join(map(str, action.choices or [action.dest.upper()]))
    value = {0: "", "+": f" {value} [{value} ...]"}.get(action.nargs, f" {value}")
    return ", ".join(option + value for option in action.option_strings)


def _text(text):
    """Return a text of argparse in one line, in which only code and options are marked up."""
    parts = re.split(r"(`[^`]+`|(?<!\S)--[a-z-]+)", " ".join(text.split()))
    parts[1::2] = [f"`{part.strip('`')}`" for part in parts[1::2]]
    parts[::2] = [re.sub(r"([\\*_|`])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def setup(app):
    from sphinx.util.docutils import SphinxDirective

    from skdigits import __main__

    class CommandLine(SphinxDirective):
        def run(self):
            # What changes the parsers changes the page.
            for module in (__main__, *__main__._COMMANDS):
                self.env.note_dependency(module.__file__)
            text = as_rst(__main__._build_parser())
            return self.parse_text_to_nodes(text, allow_section_headings=True)

    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
