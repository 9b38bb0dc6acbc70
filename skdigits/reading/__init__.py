"""Reading of the digits on photos and scans."""

from skdigits.ink.box import Box
from skdigits.reading._bundled import load_reader, load_recognizer
from skdigits.reading._cells import Cells
from skdigits.reading._digit_reader import DigitReader
from skdigits.reading._digit_string_recognizer import DigitStringRecognizer
from skdigits.reading._form import Form, FormField, read_form
from skdigits.reading._form_reading import FormReading
from skdigits.reading._reading import ReadDigit, Reading
from skdigits.reading._training_segments import NO_DIGIT, make_segments
from skdigits.reading._transcript import Transcript

__all__ = [
    "NO_DIGIT",
    "Box",
    "Cells",
    "DigitReader",
    "DigitStringRecognizer",
    "Form",
    "FormField",
    "FormReading",
    "ReadDigit",
    "Reading",
    "Transcript",
    "load_reader",
    "load_recognizer",
    "make_segments",
    "read_form",
]
