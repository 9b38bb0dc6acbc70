"""The course of a fit: epochs, batches, schedules, validation and callbacks."""

from skdigits.programs._cache import CacheInfo, cache_info, clear_cache

__all__ = ["CacheInfo", "cache_info", "clear_cache"]
