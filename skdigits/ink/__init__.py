"""Pictures of ink on paper: their grey levels, contrast, ruling and strokes, and framing.

No transformers and no classifiers: what preprocessing, handwriting and reading stand on. Other
packages import from the modules without an underscore; this one imports nothing.
"""
