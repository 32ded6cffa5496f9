"""From what the record says to the papers that people read: state in, document out, the same bytes each time."""

from ceremony_app.papers.paper import documents, render

__all__ = ["documents", "render"]
