"""The notebook runs from its first cell to its last, and is kept without what that prints."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[3] / "examples" / "select_features.ipynb"


def test_notebook(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count] == []
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = {cell.id: cell.outputs for cell in code}
    assert ">color_intensity</td>" in outputs["foci"][0].data["text/html"]
    assert "image/png" in outputs["plot"][0].data
    streams = [each for some in outputs.values() for each in some if each.output_type == "stream"]
    assert {stream.name for stream in streams} == {"stdout"}  # no warning
    assert "".join(stream.text for stream in streams).splitlines() == [
        "alone:  T =  0.36, p = 2e-10",
        "beyond: T = -0.50, p = 0.92",
        "all 13 columns: 0.95 of the wines are told apart",
        "those of FOCI: 0.91 of the wines are told apart",
        "selected in all rows: flavanoids color_intensity proline",
    ]
