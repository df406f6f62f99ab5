"""What a release says about itself, for catalogues, search engines and citation managers.

This module decides how a release is described: once, as a `Description` made from the
configuration and the graph, and then in the words of each community (DCAT 3 with VoID,
PROV and SPDX; schema.org; CITATION.cff; RO-Crate), so that none can say something else than
the others. There are no blank nodes and no times but the date of issue. Types of things
outside are spelled out where DCAT-AP asks for them.

Specs: https://www.w3.org/TR/vocab-dcat-3/, https://www.w3.org/TR/void/,
https://www.researchobject.org/ro-crate/specification/1.1/, https://citation-file-format.github.io/
"""

from __future__ import annotations

from mesokg.catalogue.dcat import PREFIXES, catalogue
from mesokg.catalogue.describing import (
    CAUTION,
    Agent,
    Description,
    FileEntry,
    GraphEntry,
    Linkset,
    describe_release,
)
from mesokg.catalogue.documents import citation, ro_crate, schema_org

__all__ = [
    "CAUTION",
    "PREFIXES",
    "Agent",
    "Description",
    "FileEntry",
    "GraphEntry",
    "Linkset",
    "catalogue",
    "citation",
    "describe_release",
    "ro_crate",
    "schema_org",
]
