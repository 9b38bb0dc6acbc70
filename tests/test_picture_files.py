"""Which picture files are opened, and how many pixels they may decode to."""

import io
import os
import struct
import sys
import threading
import warnings
import zlib

import picture_mutations
import pytest
from audited import watched
from PIL import EpsImagePlugin, Image

from skdigits.ink import picture_files
from skdigits.ink.picture_files import FORMATS
from skdigits.ink.pictures import as_grey
from skdigits.preprocessing import DigitFramer

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\nshowpage\n%%EOF\n"
SAVED_AS = {"JPEG2000": "jp2", "PPM": "pgm"}
FOREIGN = ("ICO", "TGA", "PCX", "SGI", "DDS", "SPIDER", "MSP", "XBM", "ICNS")


def picture(size=(40, 20)):
    """Draw a dark left half."""
    image = Image.new("L", size, 250)
    image.paste(10, (0, 0, size[0] // 2, size[1]))
    return image


def saved(image, kind, **options):
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"this version of Pillow does not write {kind}")
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff_of_tiles(side, *, kind=4, twice=False):
    """Make a TIFF file of 16x16 pixels in compressed tiles of `side` pixels."""
    data = zlib.compress(bytes(side * side), 9)
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 0}
    entries = [(tag, 4, 1, value) for tag, value in {**tags, 325: len(data)}.items()]
    entries = [(tag, kind if tag == 322 else 4, 1, value) for tag, _, _, value in entries]
    if twice:  # One decoder takes the first, the other the last.
        entries += [(322, 4, 1, 16), (323, 4, 1, 16)]
    start = 8 + 2 + 12 * len(entries) + 4
    body = b"".join(
        struct.pack("<HHII", tag, of, n, start if tag == 324 else value)
        for tag, of, n, value in sorted(entries)
    )
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4) + data


@pytest.fixture
def no_ghostscript(monkeypatch):
    """Fail whatever hands a picture to Ghostscript."""

    def start(*_args, **_options):
        pytest.fail("Ghostscript was started")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", start)


@pytest.mark.parametrize("kind", FORMATS)
def test_files_of_cameras_scanners_and_screens_are_read(kind, tmp_path):
    # The name does not matter.
    path = tmp_path / "photo"
    path.write_bytes(saved(picture(), kind))
    grey, _ = as_grey(path, 100)
    assert grey.shape == (20, 40)
    assert grey[:, :18].max() < 40
    assert grey[:, 22:].min() > 210


def test_photos_of_several_frames_are_read(tmp_path):
    path = tmp_path / "photo.jpg"
    picture().save(path, "MPO", save_all=True, append_images=[Image.new("L", (40, 20))])
    assert as_grey(path, 100)[0].max() > 210
    picture((400, 200)).save(path, "MPO", save_all=True, append_images=[picture()])
    with Image.open(path) as image:
        assert image.format == "MPO"
    assert as_grey(path, 50)[0].shape == (25, 50)


@pytest.mark.parametrize("name", ["scan.png", "scan.eps", "scan"])
def test_no_program_is_started(name, tmp_path, monkeypatch):
    programs = tmp_path / "programs"
    programs.mkdir()
    trace = tmp_path / "started"
    ghostscript = programs / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    path = tmp_path / name
    path.write_bytes(EPS)
    with pytest.raises(ValueError, match=f"{name} is not an image that can be read"):
        as_grey(path, 100)
    with pytest.raises(ValueError, match=r"X\[0\].*is not an image that can be read"):
        DigitFramer().transform([str(path)])
    assert not trace.exists()


def test_images_that_are_not_loaded_are_held_to_the_same_formats(no_ghostscript):
    with (
        Image.open(io.BytesIO(EPS)) as image,
        pytest.raises(ValueError, match=r"format EPS that is not loaded yet.*load\(\)"),
    ):
        as_grey(image, 100)


@pytest.mark.parametrize("kind", ["TGA", "PCX", "SGI"])
def test_images_that_were_loaded_may_be_of_any_format(kind):
    with Image.open(io.BytesIO(saved(picture(), kind))) as image:
        with pytest.raises(ValueError, match=f"format {kind} that is not loaded yet"):
            as_grey(image, 100)
        image.load()
        assert as_grey(image, 100)[0][:, :18].max() < 40


def test_icons_count_by_what_they_hold(monkeypatch):
    """An icon claims 16x16 pixels, and holds a PNG of more than may be decoded."""
    monkeypatch.setattr("skdigits.ink._grey_levels.MAX_PIXELS", 1_000)
    inner = saved(picture((100, 50)), "PNG")
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(inner), 22) + inner
    with pytest.warns(UserWarning, match="not the expected size"):
        image = Image.open(io.BytesIO(icon))
    with pytest.raises(ValueError, match="100 x 50 pixels"):
        as_grey(image, 100)


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_other_formats_are_not_opened(kind, tmp_path):
    path = tmp_path / "picture.png"
    mode = {"SPIDER": "F", "MSP": "1", "XBM": "1"}.get(kind, "L")
    path.write_bytes(saved(picture((32, 32)).convert(mode), kind))
    with pytest.raises(ValueError, match=r"picture\.png is not an image that can be read"):
        as_grey(path, 100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names need Unix")
def test_a_pipe_is_refused_at_once(tmp_path):
    path = tmp_path / "photo.png"
    os.mkfifo(path)
    with pytest.raises(ValueError, match="not a regular file"):
        as_grey(path, 100)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_a_device_is_refused():
    with pytest.raises(ValueError, match="not a regular file"):
        as_grey("/dev/zero", 100)


@pytest.mark.parametrize(
    "begin", [b"RIFF\0\0\0\0WEBP", b"P5\n#", b"P2\n9 9\n255\n", b"\xff\xd8\xff"]
)
def test_files_without_end_are_refused(begin, tmp_path):
    path = tmp_path / "photo"
    with path.open("wb") as file:
        file.write(begin)
        file.truncate(2**40)  # What is not written takes no place on the disk.
    with pytest.raises(ValueError, match="1,099,511,627,776 bytes, more than"):
        as_grey(path, 100)


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "JPEG"])
def test_the_limit_of_pixels_holds_for_all_formats(kind, tmp_path, monkeypatch):
    path = tmp_path / "photo"
    path.write_bytes(saved(picture(), kind))
    monkeypatch.setattr("skdigits.ink._grey_levels.MAX_PIXELS", 799)
    with pytest.raises(ValueError, match="40 x 20 pixels"):
        as_grey(path, 100)
    with Image.open(path) as image, pytest.raises(ValueError, match="40 x 20 pixels"):
        as_grey(image, 100)


def test_progressive_jpeg_counts_whole(tmp_path, monkeypatch):
    path = tmp_path / "photo.jpg"
    monkeypatch.setattr("skdigits.ink._grey_levels.MAX_PIXELS", 50_000)
    path.write_bytes(saved(picture((600, 300)), "JPEG"))
    assert as_grey(path, 100)[0].shape == (50, 100)
    path.write_bytes(saved(picture((600, 300)), "JPEG", progressive=True))
    with pytest.raises(ValueError, match="600 x 300 pixels"):
        as_grey(path, 100)


def test_jpeg_that_is_scaled_has_a_limit_too(tmp_path, monkeypatch):
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(picture((600, 300)), "JPEG"))
    monkeypatch.setattr(picture_files, "MAX_SCALED_PIXELS", 150_000)
    with pytest.raises(ValueError, match="600 x 300 pixels"):
        as_grey(path, 100)


def test_tiles_count_whole(tmp_path, monkeypatch):
    path = tmp_path / "scan.tif"
    path.write_bytes(tiff_of_tiles(64))
    assert as_grey(path, 100)[0].shape == (16, 16)
    monkeypatch.setattr("skdigits.ink._grey_levels.MAX_PIXELS", 4_000)
    with pytest.raises(ValueError, match=r"a tile of .*scan\.tif has 64 x 64 pixels"):
        as_grey(path, 100)
    with Image.open(path) as image, pytest.raises(ValueError, match="a tile of the image"):
        as_grey(image, 100)


@pytest.mark.parametrize("made", [{"twice": True}, {"kind": 9}])
def test_tiles_of_doubtful_size_are_refused(made, tmp_path):
    path = tmp_path / "scan.tif"
    path.write_bytes(tiff_of_tiles(64, **made))
    with pytest.raises(ValueError, match=r"scan\.tif is damaged: a side of its tiles"):
        as_grey(path, 100)


def test_avif_counts_as_it_is_coded(tmp_path, monkeypatch):
    content = saved(picture((200, 100)), "AVIF")
    i = content.find(b"ispe")
    path = tmp_path / "photo.avif"
    path.write_bytes(content[: i + 8] + struct.pack(">II", 16, 16) + content[i + 16 :])
    with Image.open(path) as image:
        assert image.size == (16, 16)
    assert as_grey(path, 100)[0].shape == (16, 16)
    monkeypatch.setattr("skdigits.ink._grey_levels.MAX_PIXELS", 9_999)
    with pytest.raises(ValueError, match=r"photo\.avif holds images of 20,000 pixels in all"):
        as_grey(path, 100)
    with Image.open(path) as image, pytest.raises(ValueError, match="the image holds images of"):
        as_grey(image, 100)


@pytest.mark.parametrize("pages", [[], [Image.new("RGBA", (200, 100))]])
def test_webp_may_not_be_larger_than_it_says(pages, tmp_path):
    image = Image.new("RGBA", (200, 100), (9, 9, 9, 99))
    content = saved(image, "WEBP", save_all=bool(pages), append_images=pages)
    i = content.find(b"VP8X")
    side = struct.pack("<I", 15)[:3]
    path = tmp_path / "photo.webp"
    path.write_bytes(content[: i + 12] + 2 * side + content[i + 18 :])
    with pytest.raises(ValueError, match=r"photo\.webp is (damaged|not an image)"):
        as_grey(path, 100)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_images_without_pixels_are_named(size):
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} pixels: it is empty"):
        as_grey(Image.new("L", size), 100)


def test_names_of_files_are_printable(tmp_path):
    path = tmp_path / "a\x1b[2J\nb.png"
    path.write_text("no image")
    with pytest.raises(ValueError, match=r"a\\x1b\[2J\\nb\.png is not an image") as caught:
        as_grey(path, 100)
    assert str(caught.value).isprintable()


def test_absent_pillow_heif_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = tmp_path / "photo.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(ValueError, match="pip install pillow-heif"):
        as_grey(path, 100)


def test_heif_is_read_by_pillow_heif(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif", reason="HEIC photos need pillow-heif")
    path = tmp_path / "photo.heic"
    pillow_heif.from_pillow(picture((80, 64))).save(path)
    assert as_grey(path, 100)[0][:, :36].max() < 60
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"photo\.heic"):
        as_grey(path, 100)


def test_reading_in_threads_leaves_the_filters_of_warnings(tmp_path):
    paths = [tmp_path / f"{i}.jpg" for i in range(8)]
    for path in paths:
        path.write_bytes(saved(picture((300, 300)), "JPEG"))
    before = list(warnings.filters)
    errors = []

    def read(path):
        try:
            for _ in range(30):
                as_grey(path, 100)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert warnings.filters == before


@pytest.mark.filterwarnings("ignore")  # Pillow warns of many kinds of damage.
@pytest.mark.parametrize("start", range(0, 1_000, 200))
def test_hundreds_of_altered_pictures(start, tmp_path):
    path = tmp_path / "picture"
    picture_mutations.warm_up(path)
    ends = set()
    for number in range(start, start + 200):
        path.write_bytes(picture_mutations.mutated_picture(number)[1])
        with watched() as reports:
            ends.add(picture_mutations.outcome(path))
        assert reports == []
    assert ends == {"read", "refused"}


def test_large_photos_give_no_warning(tmp_path, monkeypatch):
    """Pillow warns of more than 89 million pixels, although few of them are decoded."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50_000)
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(picture((400, 300)), "JPEG"))
    assert as_grey(path, 100)[0].shape == (75, 100)


def test_damage_that_pillow_warns_of_is_told(tmp_path):
    entries = [(0x0112, 3, 1, 6), (0x010F, 2, 50, 5_000)]  # The second lies behind the end.
    tags = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + tags + bytes(4)
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(picture(), "JPEG", exif=exif))
    with pytest.warns(UserWarning, match=r"EXIF|[Tt]ag|Truncated"):
        grey, _ = as_grey(path, 100)
    assert grey.shape == (40, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=r"EXIF|[Tt]ag|Truncated"):
            as_grey(path, 100)
