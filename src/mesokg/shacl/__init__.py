"""SHACL: shapes as rules, and the engines that run them.

This package decides which engine validates and what its report means. Which rule a
result belongs to, what it says, how a blank node is called, is the same for every
engine, so that their findings can be compared. No engine is loaded before it runs.

Spec: https://www.w3.org/TR/shacl/
"""

from __future__ import annotations

from mesokg.shacl.engines import BULK, ENGINES, choose_engine
from mesokg.shacl.graphs import Result
from mesokg.shacl.partial import Known
from mesokg.shacl.rewriting import is_fickle, predicates_read
from mesokg.shacl.runs import (
    FAILED,
    FileRun,
    ShapesRun,
    check_again,
    run_shapes,
    validate_file_shapes,
    validate_shapes,
)
from mesokg.shacl.shapes import Shape, read_shapes
from mesokg.shacl.wellformed import ILL_FORMED, check_shapes

__all__ = [
    "BULK",
    "ENGINES",
    "FAILED",
    "ILL_FORMED",
    "FileRun",
    "Known",
    "Result",
    "Shape",
    "ShapesRun",
    "check_again",
    "check_shapes",
    "choose_engine",
    "is_fickle",
    "predicates_read",
    "read_shapes",
    "run_shapes",
    "validate_file_shapes",
    "validate_shapes",
]
