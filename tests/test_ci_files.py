"""The files that CI services read, run here as the services run them.

The steps of action.yml run as bash scripts, with the inputs put in as GitHub puts them in; the
hooks run by pre-commit, with ``language: system`` in place of an environment from the network; the
scripts of docs/ci.md for GitLab, Jenkins and make run as they stand. What installs packages is
replaced by a stub that notes what it was asked.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesokg import __version__
from mesokg.reporting import FORMATS

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

HOSTILE = [
    '"; touch pwned #',
    "'; touch pwned #",
    "$(touch pwned)",
    "`touch pwned`",
    "x\nexit-code=0\nviolations=0",
    "x\n::error::pwned",
    "--output=pwned",
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the services run these scripts on POSIX")


# --- a stand-in for the machine of a service --------------------------------------------------

# `python -m venv` makes an environment whose mesokg is the one under test; pip only takes notes.
STUB = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$STUB_LOG"
case "$1 $2" in
  "-m venv")
    mkdir -p "$3/bin"
    cp -- "$0" "$3/bin/python"
    printf '#!/usr/bin/env bash\\nprintf "pip %%s\\\\n" "$*" >> "$STUB_LOG"\\n' > "$3/bin/pip"
    cp -- "$STUB_MESOKG" "$3/bin/mesokg"
    chmod +x "$3/bin/pip" "$3/bin/mesokg" ;;
  "-m pip") ;;
  *) exec "$STUB_PYTHON" "$@" ;;
esac
"""
REAL = '#!/usr/bin/env bash\nexec "$STUB_PYTHON" -m mesokg "$@"\n'
# A mesokg that only writes its arguments down, each with a NUL at its end.
RECORDER = f"""#!/usr/bin/env bash
if [ "$1" = --version ]; then echo "mesokg {__version__}"; exit 0; fi
printf '%s\\0' "$@" > "$STUB_LOG.words"
for word in "$@"; do
  case $word in
    --report=json=*) echo '{{"summary": {{"violation": 7}}}}' > "${{word#--report=json=}}" ;;
  esac
done
exit 1
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder to work in, and an environment in which `python` and `pip` are stubs."""

    workspace: Path
    environment: Mapping[str, str]

    def bash(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script as GitHub runs a step with ``shell: bash``."""
        path = Path(self.environment["RUNNER_TEMP"]) / "step.sh"
        path.write_text(script, "utf-8")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(path)],
            cwd=self.workspace, env={**self.environment, **more}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def log(self) -> list[str]:
        """What the stubs were asked."""
        path = Path(self.environment["STUB_LOG"])
        return path.read_text("utf-8").splitlines() if path.exists() else []

    @property
    def words(self) -> list[str]:
        """The arguments that the recorder got."""
        text = Path(f"{self.environment['STUB_LOG']}.words").read_bytes().decode()
        return text.split("\0")[:-1]


def machine(folder: Path, workspace: Path, mesokg: str = REAL) -> Machine:
    tools, temporary = folder / "tools", folder / "temp"
    tools.mkdir()
    temporary.mkdir()
    scripts = {"python": STUB, "pip": STUB.replace("$1 $2", "-m pip"), "mesokg": mesokg}
    for name, text in scripts.items():
        (tools / name).write_text(text, "utf-8")
        (tools / name).chmod(0o755)
    outside = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "RUNNER_", "INPUT_", "GIT_"))
    }
    return Machine(
        workspace,
        {
            **outside,
            "HOME": str(folder),
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(temporary),
            "STUB_LOG": str(folder / "log"),
            "STUB_MESOKG": str(tools / "mesokg"),
            "STUB_PYTHON": sys.executable,
        },
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without a violation."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))


def spoil(project: Path) -> None:
    """Make one violation, which is seen in data/articles/rainwater.ttl."""
    path = project / "data" / "works" / "ferns.ttl"
    text = path.read_text("utf-8")
    assert 'meso:volume "3"' in text
    path.write_text(text.replace('meso:volume "3"', 'meso:volume "4"'), "utf-8")


# --- action.yml -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """How a run of the action ended."""

    code: int
    outputs: Mapping[str, str]
    log: str
    summary: str


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """A text with its expressions replaced, as GitHub does it before anything runs."""
    return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda match: values[match[1]], text)


def run_action(at: Machine, **inputs: str) -> Job:
    """The action's steps, one after the other; setup-python finds the stub."""
    values = {f"inputs.{name}": str(entry["default"]) for name, entry in ACTION["inputs"].items()}
    given = {f"inputs.{name.replace('_', '-')}": text for name, text in inputs.items()}
    assert given.keys() <= values.keys()
    values |= given
    values["github.action_path"] = str(ROOT)
    temporary = Path(at.environment["RUNNER_TEMP"])
    summary = temporary / "summary.md"
    summary.touch()
    code, log = 0, ""
    for step in ACTION["runs"]["steps"]:
        if "uses" in step:
            values["steps.python.outputs.python-path"] = str(
                shutil.which("python", path=at.environment["PATH"])
            )
            continue
        output = temporary / f"{step['id']}.output"
        output.touch()
        environment = {name: filled_in(text, values) for name, text in step["env"].items()}
        done = at.bash(
            filled_in(step["run"], values), **environment, CI="true", GITHUB_ACTIONS="true",
            GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_WORKSPACE=str(at.workspace),
        )  # fmt: skip
        code, log = done.returncode, log + done.stdout + done.stderr
        for line in output.read_text("utf-8").splitlines():
            name, _, text = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = text
        if code:
            break
    named = re.findall(r"steps\.[\w.-]+", str(ACTION["outputs"]))
    values = {**dict.fromkeys(named, ""), **values}
    outputs = {n: filled_in(entry["value"], values) for n, entry in ACTION["outputs"].items()}
    return Job(code, outputs, log, summary.read_text("utf-8"))


def test_a_clean_project_passes(tmp_path: Path, project: Path) -> None:
    job = run_action(machine(tmp_path, project))
    assert job.code == 0, job.log
    assert job.outputs == {"exit-code": "0", "violations": "0", "sarif-file": "mesokg.sarif"}
    sarif = json.loads((project / "mesokg.sarif").read_text("utf-8"))
    assert sarif["version"] == "2.1.0"
    assert "0 violations" in job.log
    assert "0 violations" in job.summary


def test_findings_are_written_and_then_fail_the_job(tmp_path: Path, project: Path) -> None:
    spoil(project)
    job = run_action(machine(tmp_path, project), sarif_file="found/here.sarif\n")
    assert job.code == 1, job.log
    assert job.outputs["exit-code"] == "1"
    assert int(job.outputs["violations"]) >= 1
    assert job.outputs["sarif-file"] == "found/here.sarif"
    sarif = json.loads((project / "found" / "here.sarif").read_text("utf-8"))
    results = sarif["runs"][0]["results"]
    assert any(result["level"] == "error" for result in results)
    places = [place for result in results for place in result["locations"]]
    files = {place["physicalLocation"]["artifactLocation"]["uri"] for place in places}
    assert "data/articles/rainwater.ttl" in files
    assert "::error file=data/articles/rainwater.ttl,line=" in job.log
    assert r"values\-differ\-silently" in job.summary


def test_plain_shapes_need_no_project(tmp_path: Path) -> None:
    workspace = plain_repository(tmp_path)
    job = run_action(machine(tmp_path, workspace), path="data.ttl", shapes="shapes.ttl\n")
    assert job.code == 1, job.log
    assert job.outputs["violations"] == "1"


def test_where_nothing_can_be_checked_no_file_is_promised(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    job = run_action(machine(tmp_path, tmp_path / "empty"))
    assert job.code == 2
    assert job.outputs == {"exit-code": "2", "violations": "", "sarif-file": ""}
    assert "no-project" in job.log


def test_only_locked_packages_are_installed(tmp_path: Path, project: Path) -> None:
    at = machine(tmp_path, project, RECORDER)
    run_action(at)
    installs = [line.split() for line in at.log if line.startswith("-m pip")]
    assert len(installs) == 2
    locked, own = installs
    assert "--require-hashes" in locked
    files = [Path(word) for before, word in itertools.pairwise(locked) if before == "-r"]
    assert [path.relative_to(ROOT).as_posix() for path in files] == [
        "requirements/run.txt",
        "requirements/build.txt",
    ]
    assert all(path.is_file() for path in files)
    assert {"--no-deps", "--no-build-isolation"} <= set(own)
    assert own[-1] == str(ROOT)


@pytest.mark.parametrize(("version", "code"), [(f"v{__version__}", 1), ("0.0.1", 2), ("$(id)", 2)])
def test_another_version_than_expected_stops_the_job(
    tmp_path: Path, project: Path, version: str, code: int
) -> None:
    job = run_action(machine(tmp_path, project, RECORDER), version=version)
    assert job.code == code
    assert ("::error" in job.log) == (code == 2)


def test_inputs_become_arguments(tmp_path: Path, project: Path) -> None:
    at = machine(tmp_path, project, RECORDER)
    job = run_action(
        at, path="data/one file.ttl\n\n-odd.ttl\r\n", shapes="a.ttl\nb b.ttl", fail_on="info",
        format="github", sarif_file="", baseline="known.json", changed_since="main~1",
        args="--report=junit=j.xml\n--no-cache",
    )  # fmt: skip
    words = [word for word in at.words if not word.startswith("--report=json=")]
    assert words == [
        "validate", "--fail-on=info", "--format=github", "--baseline=known.json",
        "--changed-since=main~1", "--shapes=a.ttl", "--shapes=b b.ttl", "--report=junit=j.xml",
        "--no-cache", "--", "data/one file.ttl", "-odd.ttl",
    ]  # fmt: skip
    assert job.outputs == {"exit-code": "1", "violations": "7", "sarif-file": ""}


def test_a_clean_call_has_no_empty_argument(tmp_path: Path, project: Path) -> None:
    at = machine(tmp_path, project, RECORDER)
    run_action(at)
    words = [word for word in at.words if not word.startswith("--report=json=")]
    assert words == ["validate", "--fail-on=violation", "--report=sarif=mesokg.sarif", "--"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", sorted(set(ACTION["inputs"]) - {"python-version", "version"}))
def test_hostile_input_stays_text(tmp_path: Path, project: Path, name: str, text: str) -> None:
    at = machine(tmp_path, project, RECORDER)
    job = run_action(at, **{name.replace("-", "_"): text})
    assert list(tmp_path.rglob("pwned")) == []
    if name == "sarif-file" and "\n" in text:
        assert job.code == 2
        assert job.outputs == {"exit-code": "", "violations": "", "sarif-file": ""}
        return
    assert job.code == 1, job.log
    assert job.outputs["exit-code"] == "1"
    assert job.outputs["violations"] == "7"
    pieces = text.split("\n") if name in {"args", "path", "shapes"} else [text]
    assert all(any(word.endswith(piece) for word in at.words) for piece in pieces)
    assert "::error::pwned" not in job.log.splitlines()


@pytest.mark.parametrize("name", ["path", "fail-on", "format", "changed-since", "args"])
def test_hostile_input_is_refused_by_mesokg_itself(
    tmp_path: Path, project: Path, name: str
) -> None:
    job = run_action(machine(tmp_path, project), **{name.replace("-", "_"): HOSTILE[0]})
    assert job.code == 2, job.log
    assert "Traceback" not in job.log
    assert list(tmp_path.rglob("pwned")) == []


def test_every_input_is_used_and_described_as_on_the_page() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    rows = dict(re.findall(r"^\| `([\w-]+)` \|([^|]*)\|[^|]+\|$", PAGE, re.MULTILINE))
    for name, entry in ACTION["inputs"].items():
        assert entry["description"].strip().endswith(".")
        shown = {"path": "the whole project"}.get(
            name, f"`{entry['default']}`" if entry["default"] else ""
        )
        assert rows[name].strip() == shown
    assert set(ACTION["outputs"]) <= set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
    formats = ACTION["inputs"]["format"]["description"]
    assert [form for form in FORMATS if form not in formats] == []
    assert [form for form in FORMATS if f"`{form}`" not in PAGE] == []


# --- the workflows of this repository ----------------------------------------------------------


def jobs(path: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load(path.read_text("utf-8"))["jobs"].values()


def steps() -> Iterator[dict[str, Any]]:
    for path in WORKFLOWS:
        for job in jobs(path):
            yield from job["steps"]
    yield from ACTION["runs"]["steps"]


def test_no_expression_stands_in_a_script() -> None:
    scripts = [step["run"] for step in steps() if "run" in step]
    assert len(scripts) >= 8
    assert [script for script in scripts if "${{" in script] == []


def test_what_is_not_by_github_is_pinned() -> None:
    used = {step["uses"] for step in steps() if "uses" in step}
    assert "./" in used
    for name in used - {"./"}:
        version = r"v\d+(\.\d+)*|[0-9a-f]{40}" if name.startswith("actions/") else r"[0-9a-f]{40}"
        assert re.fullmatch(version, name.partition("@")[2]), name
    in_action = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[0-9a-f]{40}", name.partition("@")[2]) for name in in_action)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_may_only_read_and_end(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
        may = {key for key, value in job.get("permissions", {}).items() if value == "write"}
        runs_code = any("run" in s and "make" in s["run"] for s in job["steps"])
        assert not (may and runs_code), "what may write runs none of the project's code by make"
        checkouts = [s for s in job["steps"] if s.get("uses", "").startswith("actions/checkout")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_workflows_name_what_there_is() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    scripts = "\n".join(step["run"] for step in steps() if "run" in step)
    called = set(re.findall(r"\bmake ([a-z]+)", scripts))
    assert called
    assert called <= targets
    files = set(re.findall(r"\b(?:requirements|src|tests)/[\w./-]+\.\w+", scripts))
    files |= {"requirements/run.txt", "requirements/build.txt"}
    assert [name for name in sorted(files) if not (ROOT / name).is_file()] == []


def test_this_repository_checks_itself_and_shows_it() -> None:
    (job,) = jobs(ROOT / ".github" / "workflows" / "validate.yml")
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    own = next(step for step in job["steps"] if step.get("uses") == "./")
    assert own["with"].keys() <= ACTION["inputs"].keys()
    upload = job["steps"][-1]
    assert "!cancelled()" in upload["if"]
    assert upload["with"]["sarif_file"] == f"${{{{ steps.{own['id']}.outputs.sarif-file }}}}"


# --- the files of docs/ci.md -------------------------------------------------------------------


def blocks(name: str) -> list[str]:
    """The files of this name on the page, which begin with their name as a comment."""
    found = re.findall(r"^```\w+\n(?:#|//) (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    texts = [text for title, text in found if title == name]
    assert texts, name
    return texts


@pytest.mark.parametrize("name", ["rdf", "changes"])
def test_the_pages_workflows_give_inputs_that_there_are(name: str) -> None:
    workflow = yaml.safe_load(blocks(f".github/workflows/{name}.yml")[0])
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    own = next(step for step in job["steps"] if "/mesokg@" in step.get("uses", ""))
    assert own["uses"].endswith(f"@v{__version__}")
    assert own["with"].keys() <= ACTION["inputs"].keys()
    named = re.findall(r"outputs\.([\w-]+)", yaml.safe_dump(workflow))
    assert set(named) <= ACTION["outputs"].keys()


def gitlab() -> dict[str, Any]:
    (job,) = yaml.safe_load(blocks(".gitlab-ci.yml")[0]).values()
    return dict(job)


@pytest.mark.parametrize("is_spoilt", [False, True], ids=["clean", "spoilt"])
def test_gitlab(tmp_path: Path, project: Path, is_spoilt: bool) -> None:
    if is_spoilt:
        spoil(project)
    job, at = gitlab(), machine(tmp_path, project)
    done = at.bash("\n".join(job["script"]), **job["variables"])
    assert done.returncode == int(is_spoilt), done.stderr
    assert [line for line in at.log if "install" in line] == [
        f"install --quiet {job['variables']['MESOKG']}"
    ]
    reports = {kind: project / name for kind, name in job["artifacts"]["reports"].items()}
    assert ElementTree.parse(reports["junit"]).getroot().tag == "testsuites"
    issues = json.loads(reports["codequality"].read_text("utf-8"))
    assert issues, "the example has warnings"
    for issue in issues:
        assert issue.keys() == {
            "check_name", "description", "fingerprint", "location", "severity",
        }  # fmt: skip
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert ("major" in {issue["severity"] for issue in issues}) == is_spoilt


def test_gitlab_stops_where_nothing_could_be_checked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    job = gitlab()
    done = machine(tmp_path, tmp_path / "empty").bash("\n".join(job["script"]), **job["variables"])
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_jenkins(tmp_path: Path, project: Path) -> None:
    spoil(project)
    (text,) = blocks("Jenkinsfile")
    wanted = re.search(r"MESOKG = '([^']+)'", text)
    script = re.search(r"sh '''\n(.*?)'''", text, re.DOTALL)
    assert wanted
    assert script
    assert text.count("{") == text.count("}")
    at = machine(tmp_path, project)
    done = at.bash(script[1], MESOKG=wanted[1])
    assert done.returncode == 1, done.stderr
    assert f"pip install --quiet {wanted[1]}" in at.log
    named = re.search(r"junit '([^']+)'", text)
    assert named
    suites = ElementTree.parse(project / named[1]).getroot()
    assert suites.findall(".//failure")


def test_make(tmp_path: Path, project: Path) -> None:
    (project / "Makefile").write_text(blocks("Makefile")[0], "utf-8")
    at = machine(tmp_path, project)
    done = at.bash("make validate")
    assert done.returncode == 2, "the example has warnings"
    assert "0 violations" in done.stdout
    assert at.bash("make validate MESOKG=true").returncode == 0


# --- pre-commit --------------------------------------------------------------------------------

PRE_COMMIT = [sys.executable, "-m", "pre_commit"]
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <http://example.org/> .
ex:NamedShape a sh:NodeShape ; sh:targetClass ex:Thing ;
  sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "Name it." ] .
"""
NAMELESS = "@prefix ex: <http://example.org/> .\nex:it a ex:Thing .\n"


def plain_repository(folder: Path) -> Path:
    """RDF without a project: data that breaks its shapes."""
    workspace = folder / "plain"
    workspace.mkdir()
    (workspace / "shapes.ttl").write_text(SHAPES, "utf-8")
    (workspace / "data.ttl").write_text(NAMELESS, "utf-8")
    return workspace


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def commit(at: Machine, page: str) -> subprocess.CompletedProcess[str]:
    """Run the hooks that a configuration on the page asks for, on what is staged."""
    (repository,) = yaml.safe_load(page)["repos"]
    manifest = {hook["id"]: hook for hook in HOOKS}
    hooks = [{**manifest[hook["id"]], **hook, "language": "system"} for hook in repository["hooks"]]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    path = Path(at.environment["RUNNER_TEMP"]) / "pre-commit.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    git(at.workspace, "init", "--quiet")
    git(at.workspace, "add", "--all")
    return subprocess.run(
        [*PRE_COMMIT, "run", "--color=never", "--config", str(path)],
        cwd=at.workspace, env={**at.environment, "PRE_COMMIT_HOME": str(path.parent / "cache")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_hooks_are_well_formed() -> None:
    command = [*PRE_COMMIT, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert {hook["language"] for hook in HOOKS} == {"python"}
    pages = [yaml.safe_load(text) for text in blocks(".pre-commit-config.yaml")]
    named = {hook["id"] for page in pages for hook in page["repos"][0]["hooks"]}
    assert named == {hook["id"] for hook in HOOKS}


def test_the_project_hook_checks_the_whole_project(tmp_path: Path, project: Path) -> None:
    page, _ = blocks(".pre-commit-config.yaml")
    at = machine(tmp_path, project)
    done = commit(at, page)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout
    spoil(project)
    git(project, "add", "--all")
    done = commit(at, page)
    assert done.returncode == 1
    assert "data/articles/rainwater.ttl" in done.stdout


def test_the_project_hook_leaves_other_files_alone(tmp_path: Path) -> None:
    page, _ = blocks(".pre-commit-config.yaml")
    workspace = tmp_path / "notes"
    workspace.mkdir()
    (workspace / "README.md").write_text("# Notes\n", "utf-8")
    at = machine(tmp_path, workspace, RECORDER)
    done = commit(at, page)
    assert done.returncode == 0, done.stdout
    assert "Skipped" in done.stdout
    assert not Path(f"{at.environment['STUB_LOG']}.words").exists()


def test_the_files_hook_checks_what_is_staged(tmp_path: Path) -> None:
    _, page = blocks(".pre-commit-config.yaml")
    workspace = plain_repository(tmp_path)
    (workspace / "notes.md").write_text("# Notes\n", "utf-8")
    at = machine(tmp_path, workspace)
    done = commit(at, page)
    assert done.returncode == 1, done.stdout
    assert "Name it." in done.stdout
    (workspace / "data.ttl").write_text(f'{NAMELESS}ex:it ex:name "it" .\n', "utf-8")
    done = commit(at, page)
    assert done.returncode == 0, done.stdout


def test_the_files_hook_is_given_the_staged_names(tmp_path: Path) -> None:
    _, page = blocks(".pre-commit-config.yaml")
    workspace = plain_repository(tmp_path)
    (workspace / "notes.md").write_text("# Notes\n", "utf-8")
    at = machine(tmp_path, workspace, RECORDER)
    commit(at, page)
    assert at.words[:3] == ["validate", "--shapes=shapes.ttl", "--fail-on=warning"]
    assert sorted(at.words[3:]) == ["data.ttl", "shapes.ttl"]
