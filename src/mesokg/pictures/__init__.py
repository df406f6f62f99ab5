"""Pictures of evidence: the evidence map and layered graphs, as text for a page.

This package decides how claims look when they are drawn: shape, colour class and word for the
way they point, area for how many they are, dots and a word for how certain they are. What
comes out is HTML with inline SVG that needs no script. Colours come from the style sheet of the
page by class, so dark, print and forced colours follow it. The same values give the same bytes,
in whatever order they come.
"""

from __future__ import annotations

from mesokg.pictures.file import picture_file
from mesokg.pictures.grid import evidence_map
from mesokg.pictures.layered import layered_graph
from mesokg.pictures.model import Cell, Edge, Graph, Head, Mark, Matrix, Node, Way, way_of
from mesokg.pictures.trend import trend

__all__ = [
    "Cell",
    "Edge",
    "Graph",
    "Head",
    "Mark",
    "Matrix",
    "Node",
    "Way",
    "evidence_map",
    "layered_graph",
    "picture_file",
    "trend",
    "way_of",
]
