"""Pictures of ink on paper: their grey levels, contrast, ruling and strokes, and framing.

This package contains no transformers and no classifiers; preprocessing, handwriting and reading
build on it. Other packages import its modules without an underscore; this one imports nothing.
"""
