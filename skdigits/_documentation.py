"""Links from the estimators to their pages in the documentation."""

from itertools import takewhile


class DocumentationLinkMixin:
    """Mixin that links the HTML representation of an estimator to its documentation.

    scikit-learn shows the link in the diagram of an estimator. The mixin goes to the left of
    :class:`~sklearn.base.BaseEstimator`, which links to scikit-learn's own pages.

    Examples
    --------
    >>> from skdigits.preprocessing import PixelScaler
    >>> PixelScaler()._get_doc_link().split("generated/")[1]
    'skdigits.preprocessing.PixelScaler.html'
    """

    _doc_link_module = "skdigits"
    _doc_link_template = (
        "https://skdigits.readthedocs.io/en/stable/api/generated/"
        "{estimator_module}.{estimator_name}.html"
    )

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        parts = type(self).__module__.split(".")
        public = takewhile(lambda part: not part.startswith("_"), parts)
        return {"estimator_module": ".".join(public), "estimator_name": type(self).__name__}
