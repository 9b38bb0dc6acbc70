"""The sub-commands of the command line, one module each: `add_parser` and what it runs."""
