#!/usr/bin/env python3
"""Applies each fault of faults.json to a copy of the engine and checks that a test notices it. See README.md."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FAULTS = HERE / "faults.json"
DOCUMENT = ROOT / "docs" / "mutations.md"
SEED = "20261121"
BUILD_SECONDS = 300
TEST_SECONDS = 180
HEAP_BYTES = 0x60000000
TESTS = "KafkaFlow.Engine.Tests"
# Random playbooks, the slower ones; and the test of the table itself, which any fault contradicts.
RANDOM = [f"{TESTS}.{name}" for name in ("DifferentialTests", "RandomPlaybookTests", "GeneratorTests")]
TABLE = f"{TESTS}.MutationTableTests"
FAST = ["-trait-", "tier=ci", "-trait-", "tier=long"]
HEAD = """# Mutations: what would go unnoticed

Made by `python3 tests/outside/mutations/run.py`, which applies each of these single-line faults to a copy of the engine, one
at a time, and runs its tests: those with an example first, then random playbooks and the comparison with the reference interpreter. The faults stand in
`tests/outside/mutations/faults.json`; the test named here is the first one that failed.

| # | fault | file | caught by |
|---|---|---|---|
"""



def main():
    options = arguments()
    faults = list(enumerate(json.loads(FAULTS.read_text(encoding="utf-8")), 1))
    check(faults)
    chosen = [(number, fault) for number, fault in faults if options.only is None or number in options.only]
    with tempfile.TemporaryDirectory(prefix="kafkaflow-mutations-") as folder:
        copy = pathlib.Path(folder)
        copy_sources(copy)
        build(copy, f"tests/{TESTS}", restore=True)
        print(f"without a fault: {len(chosen)} faults follow", flush=True)
        found = test(copy, options)
        if found is not None:
            sys.exit(f"the tests fail without a fault: {found}")
        caught = [(number, fault, caught_by(copy, number, fault, options)) for number, fault in chosen]
    if options.only is None:
        DOCUMENT.write_text(document(caught), encoding="utf-8")
    missed = [number for number, _, test_name in caught if test_name is None]
    print(f"{len(caught) - len(missed)} of {len(caught)} faults are caught; survivors: {missed or 'none'}")
    sys.exit(1 if missed else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=lambda text: {int(part) for part in text.split(",")}, metavar="N[,N..]",
                        help="these faults only; the document is not written")
    parser.add_argument("--random", action="store_true", help="only random playbooks: the comparison with the reference interpreter")
    parser.add_argument("--named", action="store_true", help="only the tests with examples")
    return parser.parse_args()


def check(faults):
    wrong = [f"{number}: {fault['file']} holds {count} times, not once: {fault['old']}" for number, fault in faults
             if (count := (ROOT / fault["file"]).read_text(encoding="utf-8").count(fault["old"])) != 1]
    if wrong:
        sys.exit("\n".join(wrong))


def copy_sources(copy):
    """What stands in the work tree, without what is built."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE).stdout.decode().split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if not source.is_file():
            continue
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def environment():
    return os.environ | {
        "UseSharedCompilation": "true", "MSBUILDDISABLENODEREUSE": "0", "DOTNET_NOLOGO": "1",
        "KAFKAFLOW_SHARED": os.environ.get("KAFKAFLOW_SHARED", str(ROOT.parent / "shared")),
        "KAFKAFLOW_TEST_SEED": SEED, "DOTNET_GCHeapHardLimit": hex(HEAP_BYTES),
    }


def build(copy, project, restore=False):
    command = ["dotnet", "build", project, "-c", "Release", "-v", "q", "--nologo", "-p:EnforceCodeStyleInBuild=false",
               "-p:TreatWarningsAsErrors=false", "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false"]
    if not restore:
        command += ["--no-restore", "--no-dependencies"]
    env = environment()
    del env["DOTNET_GCHeapHardLimit"]
    done = subprocess.run(command, cwd=copy, env=env, timeout=BUILD_SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{project} does not build:\n{done.stdout.decode(errors='replace')[-4000:]}")


def caught_by(copy, number, fault, options):
    began = time.monotonic()
    path = copy / fault["file"]
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(fault["old"], fault["new"]), encoding="utf-8")
    try:
        build(copy, "src/KafkaFlow.Engine")
        built = copy / "artifacts/bin/KafkaFlow.Engine/release/KafkaFlow.Engine.dll"
        shutil.copy2(built, copy / f"artifacts/bin/{TESTS}/release/KafkaFlow.Engine.dll")
        found = test(copy, options)
    finally:
        path.write_text(original, encoding="utf-8")
    print(f"{number:3} {time.monotonic() - began:5.1f} s  {fault['breaks']}: {found or 'SURVIVED'}", flush=True)
    return found


def test(copy, options):
    """Name of the first test that failed, or None."""
    found = None
    if not options.random:
        found = run(copy, [*FAST, *(part for name in [*RANDOM, TABLE] for part in ("-class-", name))])
    if found is None and not options.named:
        found = run(copy, [*FAST, *(part for name in RANDOM for part in ("-class", name))])
    return found


def run(copy, choice):
    program = copy / f"artifacts/bin/{TESTS}/release/{TESTS}"
    process = subprocess.Popen([program, *choice, "-noColor", "-stopOnFail"], cwd=copy, env=environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text = process.communicate(timeout=TEST_SECONDS)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        text = process.communicate()[0].decode(errors="replace")
        return first_failure(text) or f"no end within {TEST_SECONDS} s"
    if process.returncode == 0:
        return None
    return first_failure(text) or f"exit code {process.returncode}"


def first_failure(text):
    failed = re.search(rf"^\s*{re.escape(TESTS)}\.(?:\w+\.)*(\w+\.\w+).*\[FAIL\]", text, re.MULTILINE)
    return failed.group(1) if failed else None


def document(caught):
    rows = [f"| {number} | {fault['breaks']} | `{pathlib.Path(fault['file']).name}` | {name or 'nothing'} |"
            for number, fault, name in caught]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
