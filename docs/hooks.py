"""What MkDocs does beside its plugins: the notebook becomes a page."""

import json
import re
from collections.abc import Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

NOTEBOOK, NOTEBOOK_PAGE = "notebook.ipynb", "notebook.md"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the notebook's page."""
    notebook = files.get_file_from_path(NOTEBOOK)
    if notebook is None:
        raise ValueError(f"docs/{NOTEBOOK} is missing")
    content = notebook_page(json.loads(notebook.content_string))
    files.append(File.generated(config, NOTEBOOK_PAGE, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point the other pages' links to the notebook at its page."""
    if page.file.src_uri == NOTEBOOK_PAGE:
        return markdown
    return markdown.replace(f"({NOTEBOOK})", f"({NOTEBOOK_PAGE})")


def notebook_page(notebook: dict[str, Any]) -> str:
    """Return a notebook, as it was run, as Markdown with HTML outputs."""
    return "\n\n".join(block for cell in notebook["cells"] for block in _blocks(cell)) + "\n"


def _blocks(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "text/html" in data:
            yield _html("".join(data["text/html"]))
        elif "image/png" in data:
            yield f'<img alt="" src="data:image/png;base64,{"".join(data["image/png"]).strip()}">'
        else:
            text = "".join(output.get("text", data.get("text/plain", "")))
            yield f"```text\n{text.rstrip()}\n```"


def _html(output: str) -> str:
    """Return HTML in one block of Markdown: without empty lines, which would end it."""
    one_line = re.sub(r"\s*\n\s*", " ", output.strip())
    return f"<div>{one_line}</div>"
