"""How a fit goes: epochs, batches, schedules, validation, and who watches them."""

from skdigits.programs._cache import CacheInfo, cache_info, clear_cache

__all__ = ["CacheInfo", "cache_info", "clear_cache"]
