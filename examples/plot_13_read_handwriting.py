"""
Can it read my own handwriting?
===============================

MNIST's digits are cut out, centred and white on black. Digits on paper are not, and there are
lines, shadows and neighbouring digits. `DigitFramer` prepares single digits, `DigitReader` reads a
page.
"""

# %%
# Instead of your own photo, this example uses a synthetic one: digits of scikit-learn, enlarged
# from 8x8 pixels, on squared paper in uneven light.

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

digits = load_digits()
images = [
    np.asarray(Image.fromarray(np.uint8(15 * image)).resize((60, 60), Image.Resampling.LANCZOS))
    for image in digits.images
]


def write(rows):
    ink = np.zeros((90 * len(rows) + 60, 75 * max(map(len, rows)) + 60))
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            top, left = 35 + 90 * i, 35 + 75 * j
            ink[top : top + 60, left : left + 60] = images[number] / 255
    paper = np.full(ink.shape, 235.0)
    paper[::30] = paper[:, ::30] = 190
    light = np.linspace(0.5, 1, ink.shape[1])
    return np.uint8(light * (paper - ink * (paper - 40)))


rows = [range(1010, 1016), range(1020, 1024), range(1030, 1035)]
photo = write(rows)

# %%
# The classifier is an ordinary one. It is trained on other digits, which are framed in the same
# way.

from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.preprocessing import DigitFramer, PixelScaler

X = DigitFramer().fit_transform(images[:800])
classifier = make_pipeline(PixelScaler((0, 255)), SVC(C=10)).fit(X, digits.target[:800])

# %%
# A frame is the input of the classifier: 28x28 pixels, without paper, squares and shadow.

crops = [photo[30:100, 30 + 75 * i : 100 + 75 * i] for i in range(6)]
frames = DigitFramer().transform(crops).reshape(-1, 28, 28)
figure, axes = plt.subplots(2, 6, figsize=(8, 3), layout="constrained")
for column, crop, frame in zip(axes.T, crops, frames, strict=True):
    column[0].imshow(crop, cmap="gray", vmin=0, vmax=255)
    column[1].imshow(frame, cmap="gray")
for cell in axes.flat:
    cell.set(xticks=[], yticks=[])
plt.show()

# %%
# `DigitReader` finds the lines and the digits.

from skdigits.reading import DigitReader

reading = DigitReader(classifier, min_confidence=0).read(photo)
reading.plot()
plt.show()

print("read:")
print(reading.text)
print("written:")
print("\n".join("".join(str(digits.target[number]) for number in row) for row in rows))

# %%
# `DigitReader()` without a classifier uses the bundled network. It was not trained on these digits,
# but on MNIST and on synthetic variants of MNIST in other handwriting styles. Uncertain digits are
# shown as "?".

reader = DigitReader()
reading = reader.read(photo)
print(reading.text)

# %%
# Digits may touch. `load_recognizer` returns the network that reads whole lines: it cuts nothing,
# and says for each digit where it is.

from skdigits.reading import load_recognizer

line = np.full((70, 240), 255, np.uint8)
for i, number in enumerate(rows[0][:5]):
    place = line[5:65, 5 + 42 * i : 65 + 42 * i]
    np.minimum(place, 255 - images[number], out=place)
(transcript,) = load_recognizer().transcribe([line])

figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
axes.imshow(line, cmap="gray")
for left, top, right, bottom in transcript.boxes:
    size = right - left, bottom - top
    axes.add_patch(plt.Rectangle((left, top), *size, fill=False, edgecolor="C0"))
axes.set(xticks=[], yticks=[])
axes.set_title(f"{transcript.text}, with a probability of {transcript.probability:.0%}")
plt.show()

# %%
# A table is found by its lines. Blank cells stay blank.

table = np.full((240, 420), 220.0)
table[30:212:90, 30:392] = table[31:212:90, 30:392] = 90
table[30:212, 30:392:90] = table[30:212, 31:392:90] = 90
for row, column, number in [(0, 0, 1010), (0, 1, 1011), (0, 3, 1013), (1, 0, 1020), (1, 2, 1021)]:
    top, left = 45 + 90 * row, 46 + 90 * column
    table[top : top + 60, left : left + 60] -= 0.7 * images[number]
cells = reader.read_cells(np.uint8(table))
cells.plot()
plt.show()

print(cells.text)

# %%
# A photo that was taken with the camera on its side, or upside down, is turned if it can be read
# reliably that way, but not as it is.

turned = reader.read(np.rot90(photo))
print(turned.text, "\nturned by", turned.rotation, "degrees")

# %%
# Try it on a photo of your own: ``skdigits read photo.jpg --plot read.png``.
