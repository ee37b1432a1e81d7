"""Settings of the Python tests."""

import os

import hypothesis
import pytest

pytest.register_assert_rewrite("python.tests")  # also of the helpers

hypothesis.settings.register_profile(
    "laws",
    max_examples=int(os.environ.get("EXAMPLES", "200")),
    deadline=None,
    derandomize=os.environ.get("CI") is not None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("laws")
