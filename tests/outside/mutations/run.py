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
PROGRESS = ROOT / "artifacts" / "mutations.json"
BUILT = "artifacts/obj/KafkaFlow.Engine/release/KafkaFlow.Engine.dll"
BUILD_SECONDS = 600
BUILD_TRIES = 3
LEAST_TEST_SECONDS = 180
SLOWER = 4  # than without a fault: then the tests do not end
HEAP_BYTES = 0x60000000
TESTS = "KafkaFlow.Engine.Tests"
# Random playbooks, the slower ones; and the test of the table itself, which any fault contradicts.
RANDOM = [f"{TESTS}.{name}" for name in ("DifferentialTests", "RandomPlaybookTests", "ReplayTests", "GeneratorTests", "ReferenceShapeTests")]
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
    chosen = [(number, fault) for number, fault in faults
              if number >= options.start and (options.only is None or number in options.only)]
    found_before = earlier(faults[:options.start - 1])
    last = last_time()
    with tempfile.TemporaryDirectory(prefix="kafkaflow-mutations-") as folder:
        copy = pathlib.Path(folder)
        copy_sources(copy)
        compiler = build_tests(copy)
        began = time.monotonic()
        found = test(copy, options)
        if found is not None:
            sys.exit(f"the tests fail without a fault: {found}")
        options.limit = max(LEAST_TEST_SECONDS, SLOWER * (time.monotonic() - began))
        print(f"without a fault: {time.monotonic() - began:.1f} s; {len(chosen)} faults follow", flush=True)
        caught = list(found_before)
        for number, fault in chosen:
            caught.append((number, fault, caught_by(copy, compiler, number, fault, options, last.get(fault["breaks"]))))
            if options.is_whole:
                remember(caught)
    if options.is_whole:
        DOCUMENT.write_text(document(caught), encoding="utf-8")
    missed = [number for number, _, test_name in caught if test_name is None]
    print(f"{len(caught) - len(missed)} of {len(caught)} faults are caught; survivors: {missed or 'none'}")
    sys.exit(1 if missed else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=lambda text: {int(part) for part in text.split(",")}, metavar="N[,N..]",
                        help="these faults only; the document is not written")
    parser.add_argument("--from", dest="start", type=int, default=1, metavar="N",
                        help="go on with this fault after a run that was broken off; what it found of the others still holds")
    parser.add_argument("--random", action="store_true", help="only random playbooks: the comparison with the reference interpreter")
    parser.add_argument("--named", action="store_true", help="only the tests with examples")
    options = parser.parse_args()
    options.is_whole = options.only is None and not options.random and not options.named
    options.limit = None
    return options


def earlier(faults):
    """What a run that was broken off found of these faults."""
    if not faults:
        return []
    known = json.loads(PROGRESS.read_text(encoding="utf-8")) if PROGRESS.is_file() else []
    if len(known) < len(faults) or any(entry["fault"] != fault for entry, (_, fault) in zip(known, faults)):
        sys.exit(f"{PROGRESS} does not hold what was found of the {len(faults)} faults before; run them too")
    return [(number, fault, entry["caught_by"]) for (number, fault), entry in zip(faults, known)]


def remember(caught):
    PROGRESS.parent.mkdir(parents=True, exist_ok=True)
    PROGRESS.write_text(json.dumps([{"fault": fault, "caught_by": found} for _, fault, found in caught]), encoding="utf-8")


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
        "DOTNET_NOLOGO": "1", "DOTNET_CLI_USE_MSBUILD_SERVER": "0",
        "KAFKAFLOW_SHARED": os.environ.get("KAFKAFLOW_SHARED", str(ROOT.parent / "shared")),
        "KAFKAFLOW_TEST_SEED": SEED,
    }


def build_tests(copy):
    """Builds all of it, and keeps how the compiler was called for the engine."""
    command = ["dotnet", "build", f"tests/{TESTS}", "-c", "Release", "-v", "n", "--nologo", "-m:1", "-nodeReuse:false",
               "-p:UseSharedCompilation=false", "-p:EnforceCodeStyleInBuild=false", "-p:TreatWarningsAsErrors=false",
               "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false"]
    said = tried(copy, lambda _: command, f"tests/{TESTS}")
    call = next((line for line in said.splitlines() if "/noconfig" in line and f"/out:{copy / BUILT}" in line), None)
    if call is None:
        sys.exit(f"the build does not say how it compiled {BUILT}")
    compiler, _, arguments = call.strip().partition(" /noconfig ")
    (copy / "engine.rsp").write_text(arguments, encoding="utf-8")
    return compiler.strip('"').split(" ")


def compile_engine(copy, compiler):
    """With the compiler server that builds share; without it where that has been ended."""
    server = ["/shared"]
    tried(copy / "src/KafkaFlow.Engine",
          lambda attempt: [*compiler, "/noconfig", *(server if attempt == 1 else []), f"@{copy / 'engine.rsp'}"], "the engine")
    shutil.copy2(copy / BUILT, copy / f"artifacts/bin/{TESTS}/release/KafkaFlow.Engine.dll")


def tried(folder, command, what):
    """What a build says. One that ends without a word of the compiler has been ended by something else, and is tried again."""
    for attempt in range(1, BUILD_TRIES + 1):
        try:
            done = subprocess.run(command(attempt), cwd=folder, env=environment(), timeout=BUILD_SECONDS,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired:
            print(f"{what}: no end of the build within {BUILD_SECONDS} s ({attempt} of {BUILD_TRIES})", flush=True)
            continue
        said = done.stdout.decode(errors="replace")
        if done.returncode == 0:
            return said
        if re.search(r"error CS\d+", said):
            sys.exit(f"{what} does not compile:\n{said[-4000:]}")
        print(f"{what}: the build was ended ({attempt} of {BUILD_TRIES}): {said[-400:]}", flush=True)
    sys.exit(f"{what} does not build")


def caught_by(copy, compiler, number, fault, options, last):
    began = time.monotonic()
    path = copy / fault["file"]
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(fault["old"], fault["new"]), encoding="utf-8")
    try:
        compile_engine(copy, compiler)
        found = test(copy, options, last)
    finally:
        path.write_text(original, encoding="utf-8")
    print(f"{number:3} {time.monotonic() - began:5.1f} s  {fault['breaks']}: {found or 'SURVIVED'}", flush=True)
    return found


def last_time():
    """By fault the test that caught it when the document was written."""
    rows = (line.split(" | ") for line in DOCUMENT.read_text(encoding="utf-8").splitlines()) if DOCUMENT.is_file() else ()
    return {row[1]: row[3].rstrip(" |") for row in rows if len(row) == 4}


def test(copy, options, last=None):
    """Name of the first test that failed, or None. What caught the fault last time comes first."""
    found = None
    if last is not None and not options.random and not options.named:
        found = run(copy, ["-method", f"{TESTS}.{last}"], options.limit)
        found = found if found == last else None
    if found is None and not options.random:
        found = run(copy, [*FAST, *(part for name in [*RANDOM, TABLE] for part in ("-class-", name))], options.limit)
    if found is None and not options.named:
        found = run(copy, [*FAST, *(part for name in RANDOM for part in ("-class", name))], options.limit)
    return found


def run(copy, choice, limit):
    program = copy / f"artifacts/bin/{TESTS}/release/{TESTS}"
    process = subprocess.Popen([program, *choice, "-noColor", "-stopOnFail"], cwd=copy,
                               env=environment() | {"DOTNET_GCHeapHardLimit": hex(HEAP_BYTES)},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        text = process.communicate(timeout=limit)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        text = process.communicate()[0].decode(errors="replace")
        return first_failure(text) or f"no end within {limit:.0f} s"
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
