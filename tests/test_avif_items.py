"""The images in an AVIF file, as they are coded."""

import io
import struct

import pytest
from PIL import Image, features

from skdigits.ink._avif_items import coded_pixels

if "avif" not in features.get_supported():
    pytest.skip("this version of Pillow has no AVIF", allow_module_level=True)


def avif(mode="L", size=(200, 100), **options):
    file = io.BytesIO()
    Image.new(mode, size).save(file, "AVIF", **options)
    return file.getvalue()


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def made(items, *, reference=0, copies=1):
    """Make a file of one extent for each item, of the kinds and contents given."""
    entries = b"".join(
        box(b"infe", struct.pack(">IHH4sx", 2 << 24, number, 0, kind))
        for number, (kind, _) in enumerate(items)
    )
    information = box(b"iinf", struct.pack(">IH", 0, len(items)) + copies * entries)
    kind_of_file = box(b"ftyp", b"avif")
    start = len(kind_of_file) + 12 + 8 + 8 + 14 * len(items) + len(information) + 8
    places = b""
    for number, (_, content) in enumerate(items):
        places += struct.pack(">HHHII", number, reference, 1, start, len(content))
        start += len(content)
    places = struct.pack(">IHH", 0, 0x4400, len(items)) + places
    meta = box(b"meta", bytes(4) + box(b"iloc", places) + information)
    return kind_of_file + meta + box(b"mdat", b"".join(content for _, content in items))


def coded(width, height, *, n_frames=1, times=0, delays=0):
    """Write the units of an image: a sequence header and frames without content."""
    bits = f"000 1 0 {times} {delays} 00000 {0:012b} 01000 1 "
    bits += f"{'1 0001' if delays else ''} 1111 1111 {width - 1:016b} {height - 1:016b} 1"
    bits = bits.replace(" ", "")
    header = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    return bytes([0x12, 0, 0x0A, len(header)]) + header + n_frames * bytes([0x32, 1, 0])


def count(content):
    return coded_pixels(io.BytesIO(content))


@pytest.mark.parametrize("size", [(200, 100), (33, 1), (1, 1), (640, 481)])
@pytest.mark.parametrize("options", [{}, {"speed": 10}, {"quality": 100, "range": "limited"}])
def test_what_pillow_writes(size, options):
    assert count(avif("L", size, **options)) == size[0] * size[1]
    assert count(avif("RGB", size, **options)) == size[0] * size[1]
    assert count(avif("RGBA", size, **options)) == 2 * size[0] * size[1]


def test_what_the_file_says_does_not_matter_and_its_place_is_kept():
    content = avif()
    i = content.find(b"ispe")
    file = io.BytesIO(content[: i + 8] + struct.pack(">II", 16, 16) + content[i + 16 :])
    file.seek(5)
    assert coded_pixels(file) == 20_000
    assert file.tell() == 5


def test_all_images_and_frames_count():
    exif = (b"Exif", b"no units")
    for delays in (0, 1):
        tile = coded(64, 32, delays=delays)
        assert count(made([(b"grid", b"1"), exif, (b"av01", tile), (b"av01", tile)])) == 4096
    assert count(made([(b"av01", coded(65_536, 65_536, n_frames=3))])) == 3 * 2**32
    # The last unit may go without its length.
    assert count(made([(b"av01", coded(4, 4, n_frames=0) + bytes([0x30, 0]))])) == 16
    assert count(made([(b"av01", coded(4, 4) + coded(8, 8))])) == 2 * 64


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: avif(save_all=True, append_images=[Image.new("L", (200, 100), 9)]), "animation"),
        (lambda: avif()[:-1], "larger than the box around it"),
        (lambda: box(b"ftyp", b"avif"), "0 boxes called meta"),
        (lambda: 2 * avif(), "2 boxes called meta"),
        (lambda: made([(b"av01", coded(4, 4))], reference=1), "not in the file itself"),
        (lambda: made([(b"av01", b"")]), "an image is empty"),
        (lambda: made([(b"av01", coded(4, 4, times=1))]), "has timing information"),
        (lambda: made([(b"av01", bytes([0x12, 0]))]), "the size of an image is missing"),
        (lambda: made([(b"av01", coded(4, 4) + bytes([0x32, 9]))]), "longer than its image"),
        (lambda: made([(b"av01", bytes([0x12, 0]) * 5_000)]), "too many units"),
        (lambda: made([(b"av01", bytes([0x12]) + bytes([0xFF]) * 20)]), "ends too early"),
        (lambda: made([(b"free", b"")] * 6_000), "a list in it has"),
    ],
)
def test_what_is_doubtful_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        count(content())


def test_boxes_may_be_as_large_as_the_file_or_name_their_size_in_eight_bytes():
    plain = made([(b"av01", coded(40, 30))])
    start = plain.index(b"mdat") - 4
    content = plain[start + 8 :]
    assert count(plain[:start] + struct.pack(">I4s", 0, b"mdat") + content) == 40 * 30
    # The content begins eight bytes later now.
    place = struct.pack(">I", start + 8)
    moved = plain[:start].replace(place, struct.pack(">I", start + 16), 1)
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + len(content))
    assert count(moved + long + content) == 40 * 30
    with pytest.raises(ValueError, match="larger than the box around it"):
        count(moved + struct.pack(">I4sQ", 1, b"mdat", 15) + content)


def test_images_may_not_share_their_bytes():
    content = bytearray(made([(b"av01", coded(4, 4) + bytes([0x7A, 120]) + bytes(120))] * 3))
    places = content.find(b"iloc") + 12
    start = content[places + 6 : places + 10]
    for item in (1, 2):
        content[places + 14 * item + 6 : places + 14 * item + 10] = start
    content = content[: content.find(b"mdat") - 4]
    image = coded(4, 4) + bytes([0x7A, 120]) + bytes(120)
    with pytest.raises(ValueError, match="share their bytes"):
        count(bytes(content) + box(b"mdat", image))
