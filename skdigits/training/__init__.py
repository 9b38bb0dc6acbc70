"""How a network is trained and run, fast; the only place that touches Keras' global state."""

from skdigits.training._program import CacheInfo, cache_info, clear_cache

__all__ = ["CacheInfo", "cache_info", "clear_cache"]
