"""A release in schema.org, CITATION.cff and RO-Crate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import yaml

from mesokg.catalogue.describing import CAUTION, Agent, Description, FileEntry

__all__ = ["citation", "ro_crate", "schema_org"]

_CREATIVE_COMMONS: Final = re.compile(
    r"https?://creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero))/([0-9.]+)/?"
    r"(?:deed\.\w+|legalcode)?"
)


def schema_org(about: Description) -> bytes:
    """The release as a schema.org Dataset (JSON-LD), as search engines for data read it."""
    return _json({"@context": "https://schema.org/", "@id": about.iri, **_dataset(about)} | {
        "isPartOf": {"@type": "Dataset", "@id": about.dataset, "name": about.title},
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file.path,
                "contentUrl": about.address(file.path),
                "encodingFormat": file.media_type,
                "contentSize": f"{file.bytes} B",
                "sha256": file.sha256,
            }
            for file in about.files
        ],
    })  # fmt: skip


def _dataset(about: Description) -> dict[str, Any]:
    """What schema.org and RO-Crate say of the release in the same words."""
    said: dict[str, Any] = {
        "@type": "Dataset",
        "name": f"{about.title}, version {about.version}",
        "description": about.text,
        "disambiguatingDescription": CAUTION,
        "version": about.version,
        "datePublished": about.issued.isoformat(),
        "identifier": about.iri,
        "url": f"{about.iri}/",
        "creator": [_agent(agent) for agent in about.creators],
        "publisher": _agent(about.publisher),
    }
    optional = {
        "license": about.licence,
        "keywords": list(about.keywords),
        "dateCreated": about.created,
        "isBasedOn": [
            {"@type": "Article", "@id": iri, "name": title} for iri, title in about.sources
        ],
    }
    return said | {key: value for key, value in optional.items() if value}


def _agent(agent: Agent) -> dict[str, str]:
    return {"@type": "Organization", "@id": agent.iri, "name": agent.name}


def citation(about: Description) -> bytes:
    """How to cite the release, as a CITATION.cff of version 1.2.0."""
    said: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this graph, please cite this version of it.",
        "type": "dataset",
        "title": _on_one_line(about.title),
        "authors": [{"name": _on_one_line(agent.name)} for agent in about.creators],
        "abstract": _on_one_line(about.text),
        "keywords": [_on_one_line(word) for word in about.keywords],
        "version": about.version,
        "date-released": about.issued,
        "url": f"{about.iri}/",
        "identifiers": [
            {"type": "other", "value": f"sha256:{about.digest}",
             "description": "SHA-256 of the canonical N-Quads of this version (RDFC-1.0)"},
        ],
        **_licence(about.licence),
    }  # fmt: skip
    if not about.digest:
        del said["identifiers"]
    if not about.keywords:
        del said["keywords"]
    text: str = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100)
    return text.encode()


def _on_one_line(text: str) -> str:
    """A text as YAML gives it back: some of its readers fold every kind of line end."""
    return " ".join(text.split())


def _licence(address: str) -> dict[str, str]:
    """The licence by its SPDX name where it is one of Creative Commons', else by its address."""
    found = _CREATIVE_COMMONS.fullmatch(address)
    if found:
        return {"license": f"CC{'0' if found[2] else '-' + found[1].upper()}-{found[3]}"}
    return {"license-url": address} if address else {}


def ro_crate(about: Description) -> bytes:
    """The ``ro-crate-metadata.json`` of the release: RO-Crate 1.1, all files listed."""
    root = {
        **_dataset(about),
        "@id": "./",
        "hasPart": [{"@id": quote(f.path)} for f in about.files],
    }
    people = {agent.iri: _agent(agent) for agent in (*about.creators, about.publisher)}
    root["creator"] = [{"@id": agent.iri} for agent in about.creators]
    root["publisher"] = {"@id": about.publisher.iri}
    others: list[dict[str, Any]] = list(people.values())
    if about.sources:
        root["isBasedOn"] = [{"@id": iri} for iri, _ in about.sources]
        others += [
            {"@type": "ScholarlyArticle", "@id": iri, "name": title} for iri, title in about.sources
        ]
    if about.licence:
        root["license"] = {"@id": about.licence}
        name = _licence(about.licence).get("license", about.licence)
        others.append({"@type": "CreativeWork", "@id": about.licence, "name": name})
    return _json({
        "@context": [
            "https://w3id.org/ro/crate/1.1/context",
            {"sha256": "http://schema.org/sha256"},
        ],
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            },
            root,
            *others,
            *(_part(file) for file in about.files),
        ],
    })  # fmt: skip


def _part(file: FileEntry) -> dict[str, str]:
    said = {
        "@id": quote(file.path),
        "@type": "File",
        "name": file.path,
        "encodingFormat": file.media_type,
        "contentSize": str(file.bytes),
        "sha256": file.sha256,
    }
    return said | ({"description": file.about} if file.about else {})


def _json(document: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()
