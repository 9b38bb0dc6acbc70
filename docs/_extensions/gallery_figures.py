"""Figures of the gallery: each also for dark pages, and on other pages linked to its example."""

import re
from pathlib import Path

# Of text and lines on dark pages, of what lies behind a legend, and of its frame.
TEXT, SURFACE, BORDER = "#ced6dd", "#14181e", "#48566b"
NO_FIGURE = "/images/no_figure.svg"
_FIGURE = re.compile(r"/?auto_examples/images/(?:thumb/)?sphx_glr_(.+)_(?:\d{3}|thumb)\.png")


def scrape(block, block_vars, gallery_conf):
    """Save the open figures as sphinx-gallery does, and once more for dark pages."""
    import matplotlib.pyplot as plt
    from sphinx_gallery.scrapers import matplotlib_scraper
    from sphinx_gallery.utils import scale_image

    figures = [plt.figure(number) for number in plt.get_fignums()]
    rst = matplotlib_scraper(block, block_vars, gallery_conf)
    saved = block_vars["image_path_iterator"].paths
    for figure, path in zip(figures, map(Path, saved[len(saved) - len(figures) :]), strict=True):
        darken(figure)
        figure.savefig(dark_twin(path), transparent=True)
        if path.stem.endswith("_001"):
            thumb = path.parent / "thumb" / path.name.replace("_001", "_thumb")
            thumb.parent.mkdir(exist_ok=True)
            scale_image(dark_twin(path), dark_twin(thumb), *gallery_conf["thumbnail_size"])
    # An image of Sphinx's own can have a twin.
    return re.sub(r" *:srcset:.*\n", "", rst.replace(".. image-sg::", ".. image::"))


def dark_twin(path):
    """Return where the picture for dark pages is."""
    return path.with_stem(f"{path.stem}_dark")


def darken(figure):
    """Make a figure fit a dark page: what is black becomes light, and paper transparent.

    Pictures, and what is written on them, stay as they are.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    figure.canvas.draw()
    pictures = [image.get_window_extent() for axes in figure.axes for image in axes.images]
    legends = [legend for axes in figure.axes if (legend := axes.get_legend())] + figure.legends
    for artist in figure.findobj():
        if isinstance(artist, Text) and _is_dark(artist.get_color()):
            box = artist.get_window_extent()
            middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
            if not any(picture.contains(*middle) for picture in pictures):
                artist.set_color(TEXT)
        elif isinstance(artist, Line2D):
            for kind in ("color", "markeredgecolor", "markerfacecolor"):
                if _is_dark(getattr(artist, f"get_{kind}")()):
                    getattr(artist, f"set_{kind}")(TEXT)
        elif isinstance(artist, Patch) and _is_dark(artist.get_edgecolor()):
            artist.set_edgecolor(TEXT)
    for legend in legends:
        legend.get_frame().set(facecolor=SURFACE, edgecolor=BORDER)


def _is_dark(color):
    from matplotlib.colors import to_rgba

    if isinstance(color, str) and color == "none":
        return False
    *levels, opacity = to_rgba(color)
    return opacity > 0 and max(levels) < 0.4


def complete_figures(app, doctree):
    """Put beside each figure of the gallery the one that dark pages show.

    If the examples are not run, a placeholder takes the place of a figure.
    """
    from docutils import nodes

    for image in list(doctree.findall(nodes.image)):
        if not _FIGURE.fullmatch(image["uri"]):
            continue
        file = Path(app.srcdir, image["uri"].lstrip("/"))
        if not file.exists() and not app.config.sphinx_gallery_conf["plot_gallery"]:
            image["uri"] = NO_FIGURE
        elif dark_twin(file).exists():
            dark = image.deepcopy()
            dark["uri"] = f"/{dark_twin(file).relative_to(app.srcdir).as_posix()}"
            dark["classes"] += ["on-dark", "dark-light"]
            image["classes"].append("on-light")
            image.parent.insert(image.parent.index(image) + 1, dark)


def link_to_examples(app, doctree, docname):
    """Make figures in other pages links to the examples that draw them."""
    from docutils import nodes

    for figure in doctree.findall(nodes.figure):
        images = [child for child in figure if isinstance(child, nodes.image)]
        match = images and _FIGURE.fullmatch(images[0]["uri"])
        if match:
            page = app.builder.get_relative_uri(docname, f"auto_examples/{match[1]}")
            figure[: len(images)] = [
                nodes.reference("", "", image, internal=True, refuri=page) for image in images
            ]


def setup(app):
    # Before Sphinx collects the images of a page.
    app.connect("doctree-read", complete_figures, priority=400)
    app.connect("doctree-resolved", link_to_examples)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _get_sg_image_scraper():
    """Tell sphinx-gallery what to call, by its name for this function."""
    return scrape
