"""Training images beyond MNIST: digits in other handwriting styles, lines, and non-digits.

MNIST's writers were American. Elsewhere a 1 begins with a long up-stroke, a 7 is crossed and a 9
ends in a hook. These variants are drawn onto the images of MNIST; no other data are needed.
"""

from skdigits.handwriting._non_digits import make_non_digits
from skdigits.handwriting._varied_lines import vary_lines
from skdigits.handwriting._written import make_handwriting
from skdigits.handwriting._written_lines import make_lines

__all__ = ["make_handwriting", "make_lines", "make_non_digits", "vary_lines"]
