"""Tools around skdigits: each test runs the code of a tool's own tutorial, on digits.

`docs/how_to/tools.rst` shows the bodies of the tests. They are skipped if a tool is missing.
"""

import os

# Tests use no network, and these two report that they are used, one of them when it is imported.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
