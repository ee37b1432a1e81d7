"""What a package index shows: the README with absolute links, and the project's addresses.

The environment variable LCODEC_REPOSITORY has the repository's address, such as
``https://github.com/OWNER/lcodec``; CI sets it. Without it, relative links become plain text,
since on an index they would lead nowhere.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = r"\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)"


class Addresses(MetadataHookInterface):
    """Fill in `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Change the metadata in place."""
        repository = os.environ.get("LCODEC_REPOSITORY", "").rstrip("/")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        link = rf"[\1]({repository}/blob/v{metadata['version']}/\2)" if repository else r"\1"
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": re.sub(RELATIVE, link, text),
        }
        metadata["urls"] = {"Paper on CODEC": "https://arxiv.org/abs/1910.12327"}
        metadata["urls"]["Paper on LCODEC"] = "https://arxiv.org/abs/2204.07655"
        if repository:
            metadata["urls"] |= {
                "Repository": repository,
                "Documentation": f"{repository}/blob/v{metadata['version']}/docs/README.md",
                "Changelog": f"{repository}/blob/v{metadata['version']}/CHANGELOG.md",
                "Issues": f"{repository}/issues",
            }
