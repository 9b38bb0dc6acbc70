"""The page in a browser: digits are drawn with the pointer and the keyboard, and read."""

import base64
import io
import shutil

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.datasets import fetch_mnist
from skdigits.export import to_html

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

NOTHING = "\N{EN DASH}"
SEVEN = [(60, 50), (170, 50), (100, 190)]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    pytest.importorskip("skops.io")
    from skdigits.reading import load_reader

    file = tmp_path_factory.mktemp("page") / "reader.html"
    to_html(load_reader(), file)
    return file


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tab(browser, page):
    """The page of the bundled reader, which must not fail or ask for anything."""
    tab = browser.new_page(viewport={"width": 360, "height": 700}, color_scheme="dark")
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: said.append(request.url))
    tab.goto(page.as_uri())
    yield tab
    assert said == [page.as_uri()]
    tab.close()


def wait_for(tab, text):
    sync_api.expect(tab.locator("#number")).to_have_text(text)


def draw(tab, points, middle):
    """Draw points of a 240x240 square with the pointer, around a place on the paper."""
    box = tab.locator("#pad").bounding_box()
    scale = box["height"] / 240
    left = box["x"] + middle * box["width"] - 120 * scale
    places = [(left + x * scale, box["y"] + y * scale) for x, y in points]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=5)
    tab.mouse.up()


def test_digits_drawn_with_the_pointer_are_read(tab):
    draw(tab, SEVEN, 0.3)
    wait_for(tab, "7")
    assert tab.locator("#probabilities li.best").inner_text().split()[0] == "7"
    assert tab.locator("figure").count() == 5
    draw(tab, [(120, 40), (120, 200)], 0.7)
    wait_for(tab, "71")
    assert tab.locator("#digits button").count() == 2
    tab.locator("#digits button").first.click()
    tab.wait_for_selector("#probabilities li.best:nth-child(8)")
    tab.keyboard.press("Control+z")
    wait_for(tab, "7")
    tab.locator("#clear").click()
    wait_for(tab, NOTHING)
    assert tab.evaluate("document.documentElement.scrollWidth") == 360


def test_digits_are_drawn_with_the_keyboard(tab):
    tab.locator("#pad").focus()
    for key in ["ArrowUp"] * 7 + [" "] + ["ArrowDown"] * 14 + [" "]:
        tab.keyboard.press(key)
    wait_for(tab, "1")


@pytest.fixture
def touched(browser, page):
    """The page on a screen that is touched, a little scrolled."""
    context = browser.new_context(viewport={"width": 360, "height": 500}, has_touch=True)
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.evaluate("scrollTo(0, 20)")
    yield tab
    context.close()


def test_digits_are_drawn_with_a_finger(touched):
    tab = touched
    assert tab.evaluate("scrollY") == 20
    box = tab.locator("#pad").bounding_box()
    scale = box["height"] / 240
    touches = tab.context.new_cdp_session(tab)

    def touch(kind, *places):
        points = [{"x": box["x"] + x * scale, "y": box["y"] + y * scale} for x, y in places]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    upwards = [(120, y) for y in range(200, 30, -20)]
    touch("touchStart", upwards[0])
    for place in upwards[1:]:
        touch("touchMove", place)
    touch("touchEnd")
    wait_for(tab, "1")
    assert tab.evaluate("scrollY") == 20  # A finger that draws does not move the page.


def picture_of_seven():
    """A photo in half a shadow, as a PNG file."""
    Image = pytest.importorskip("PIL.Image")
    from PIL import ImageDraw

    shade = np.tile(np.linspace(120, 220, 240).astype(np.uint8), (240, 1))
    paper = Image.fromarray(shade)
    ImageDraw.Draw(paper).line(SEVEN, fill=30, width=14)
    file = io.BytesIO()
    paper.save(file, "PNG")
    return file.getvalue()


def choose(tab, content):
    file = {"name": "seven.png", "mimeType": "image/png", "buffer": content}
    tab.locator("#picture").set_input_files(file)


def transferred(tab, content):
    """What a page gets of a file that is dropped or pasted."""
    return tab.evaluate_handle(
        """text => {
            const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "seven.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(content).decode(),
    )


def drop(tab, content):
    transfer = {"dataTransfer": transferred(tab, content)}
    for event in ("dragover", "drop"):
        tab.dispatch_event("#pad", event, transfer)


def paste(tab, content):
    tab.evaluate(
        """transfer => document.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }))""",
        transferred(tab, content),
    )


@pytest.mark.parametrize("give", [choose, drop, paste])
def test_pictures_are_read(give, tab):
    give(tab, picture_of_seven())
    wait_for(tab, "7")
    give(tab, b"no picture")
    wait_for(tab, "This file is not a picture.")


def test_small_images_are_read(browser, tmp_path):
    """scikit-learn's digits have 8x8 pixels."""
    X, y = load_digits(return_X_y=True)
    pipeline = make_pipeline(PixelScaler(), KerasDigitClassifier(epochs=20, random_state=0))
    to_html(pipeline.fit(X, y), tmp_path / "page.html")
    tab = browser.new_page(color_scheme="light")
    tab.goto((tmp_path / "page.html").as_uri())
    draw(tab, [(150, 60), (90, 60), (85, 110), (130, 105), (150, 140), (130, 180), (80, 180)], 0.5)
    wait_for(tab, "5")
    tab.close()


@pytest.mark.mnist
def test_a_pipeline_of_ones_own_reads_what_is_drawn(browser, tmp_path):
    X, y = fetch_mnist(subset="train", return_X_y=True)
    pipeline = make_pipeline(
        PixelScaler(), KerasDigitClassifier("lenet5", epochs=2, random_state=0)
    )
    to_html(pipeline.fit(X[:5000], y[:5000]), tmp_path / "page.html")
    tab = browser.new_page()
    tab.goto((tmp_path / "page.html").as_uri())
    draw(tab, SEVEN, 0.5)
    wait_for(tab, "7")
    tab.close()
