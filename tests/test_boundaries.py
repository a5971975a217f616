"""The house rules that keep the layers apart (ARCHITECTURE: the tree, what must hold; STYLE: errors). Reads the source, runs none of it."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FREE_OF_STREAMLIT = [
    *sorted((ROOT / "etl").rglob("*.py")),
    *(
        ROOT / "pages" / "kit" / f"{name}.py"
        for name in (
            "charts",
            "charts_parts",
            "charts_spread",
            "charts_change",
            "entities",
            "lists",
            "notices",
            "downloads",
            "wording",
            "exhibit",
            "workbook",
            "brief",
            "batch",
            "archive",
        )
    ),
]
PRODUCT = [*sorted((ROOT / "etl").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]
OPTIONAL = {"dask", "distributed", "kaleido"}
"""Extras that requirements.txt names in a comment and `make run` does not install."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def existing(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """The text files of the project as git knows them, new ones included; without git everything that .gitignore would keep."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = {".venv", ".git", "warehouse", "fictional", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not skipped & set(path.relative_to(ROOT).parts)]
    binary = {".png", ".jpg", ".pdf", ".docx", ".xlsx", ".doc", ".wps", ".zip", ".duckdb", ".parquet"}
    return tuple(path for path in paths if path.is_file() and path.suffix.lower() not in binary)


def imported_modules(path: Path) -> Iterator[str]:
    """Dotted names of everything that a file imports, inside functions and under TYPE_CHECKING too; `from a import b` gives a and a.b."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value)


def project_files(module: str) -> Iterator[Path]:
    """The files that importing `module` runs: itself and the packages above it."""
    parts = module.split(".")
    for n in range(1, len(parts) + 1):
        path = ROOT.joinpath(*parts[:n])
        yield from existing([path.with_suffix(".py"), path / "__init__.py"])


def way_to_streamlit(start: Path) -> list[str]:
    """The chain of files from `start` to an import of streamlit, empty where there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop()
        for module in imported_modules(way[-1]):
            if module.split(".")[0] == "streamlit":
                return [name_of(path) for path in way]
            for path in project_files(module):
                if path not in seen:
                    seen.add(path)
                    ways.append([*way, path])
    return []


@pytest.mark.parametrize("path", existing(FREE_OF_STREAMLIT), ids=name_of)
def test_no_streamlit_in_etl_charts_downloads_wording(path: Path) -> None:
    assert not (way := way_to_streamlit(path)), f"streamlit is imported by way of {' -> '.join(way)}"


def test_importing_the_command_line_loads_no_streamlit() -> None:
    code = "import sys, etl.__main__; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# --- SQL ---------------------------------------------------------------------------------------------------------

SQL = re.compile(
    r"""\b(?: select\s[^;]*?\sfrom\s | from\s+\w+\s+(?:select|where)\s | with\s+\w+\s+as\s*\( | insert\s+(?:or\s+\w+\s+)?into\s
          | update\s+\w+\s+set\s+\w+\s*= | delete\s+from\s | truncate\s+\w | create\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?(?:table|view|macro|index|schema)\s
          | (?:drop|alter)\s+(?:table|view|schema)\s | copy\s+[\w(][^;]*?\s(?:to|from)\s+['$?] | attach\s+(?:database\s+)?['$?]
          | begin\s+transaction | ^\s*select\s+[\w*(]+\s*(?:\(|$) | ^\s*(?:pragma|checkpoint)\b )""",
    re.IGNORECASE | re.VERBOSE,
)
DATABASE_CALLS = {"execute", "executemany", "sql", "from_query"}


def may_hold_sql(path: Path) -> bool:
    name = name_of(path)
    return name.startswith(("etl/warehouse", "etl/check")) or name.startswith("pages/kit/queries")


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each string that is no docstring; of an f-string the fixed parts, with ? for the rest."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare | inside:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "?" for p in node.values)


def sql_in(tree: ast.Module) -> list[str]:
    """Where a module holds SQL or speaks to a database: by the strings and, however they were put together, by the calls."""
    found = [f"line {line}: {text.strip()[:60]!r}" for line, text in strings(tree) if SQL.search(text)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DATABASE_CALLS:
            found.append(f"line {node.lineno}: .{node.func.attr}(…)")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [
                f"line {node.lineno}: import {name}" for name in names if name.split(".")[0] in ("duckdb", "sqlite3")
            ]
    return found


@pytest.mark.parametrize("path", [p for p in existing(PRODUCT) if not may_hold_sql(p)], ids=name_of)
def test_sql_only_in_warehouse_check_views_and_queries(path: Path) -> None:
    assert sql_in(tree_of(path)) == []


@pytest.mark.parametrize(
    "code",
    [
        'q = "select a from b"',
        'q = "SELECT a,\\n b\\nFROM c"',
        'q = f"select {a} from {b} where x"',
        'q = "with a as (select 1)"',
        'q = "insert into t values (1)"',
        'q = "-- why\\ncreate or replace view v as"',
        'q = "from metric_value where year = 1"',
        'q = "select count(*)"',
        'q = "update t set a = 1"',
        'con.execute("sel" + "ect 1")',
        "import duckdb",
        "from duckdb import connect",
    ],
)
def test_the_sql_rule_sees(code: str) -> None:
    assert sql_in(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        '"""Rows to select from the table."""',
        'help = "选择机关 select"',
        'text = "create a table with the figures"',
        'text = "with its evidence"',
        'text = "update the set of agencies"',
        "df.merge(other)",
        'label = "drop stale ones"',
    ],
)
def test_the_sql_rule_lets_words_be(code: str) -> None:
    assert sql_in(ast.parse(code)) == []


# --- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", existing(PRODUCT), ids=name_of)
def test_charts_are_graph_objects_never_plotly_express(path: Path) -> None:
    assert not [m for m in imported_modules(path) if m.startswith("plotly.express")]


@pytest.mark.parametrize("path", existing(PRODUCT), ids=name_of)
def test_nothing_is_rendered_as_raw_html(path: Path) -> None:
    assert "unsafe_allow_html" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", existing(PRODUCT), ids=name_of)
def test_only_state_touches_session_and_query_params(path: Path) -> None:
    if name_of(path) != "pages/kit/state.py":
        used = [
            n
            for n in ast.walk(tree_of(path))
            if isinstance(n, ast.Attribute) and n.attr in ("session_state", "query_params")
        ]
        assert not [f"line {node.lineno}: {node.attr}" for node in used]


# --- steps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    existing([*sorted((ROOT / "etl" / "read").rglob("*.py")), ROOT / "etl/normalise.py", ROOT / "etl/split.py"]),
    ids=name_of,
)
def test_reading_knows_no_metric(path: Path) -> None:
    knows = {"etl.tables", "etl.narrative", "etl.check", "etl.warehouse", "etl.extract"}
    knows |= {f"etl.registry.{name}" for name in ("load_metrics", "load_indicators", "load_catalogue")}
    assert not knows & set(imported_modules(path))


@pytest.mark.parametrize("path", existing(sorted((ROOT / "etl").rglob("*.py"))), ids=name_of)
def test_etl_does_not_know_the_pages(path: Path) -> None:
    assert not [m for m in imported_modules(path) if m.split(".")[0] in ("pages", "app")]


# --- any file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", existing(PRODUCT), ids=name_of)
def test_no_bare_except(path: Path) -> None:
    assert not [n.lineno for n in ast.walk(tree_of(path)) if isinstance(n, ast.ExceptHandler) and n.type is None]


@pytest.mark.parametrize("path", existing(PRODUCT), ids=name_of)
def test_imports_exist_on_windows_too(path: Path) -> None:
    """Imports at the top of a module must work wherever the README says the product runs."""
    top = [n for n in tree_of(path).body if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {a.name for n in top if isinstance(n, ast.Import) for a in n.names} | {
        n.module for n in top if isinstance(n, ast.ImportFrom)
    }
    assert not names & {"fcntl", "pwd", "grp", "resource", "termios", "readline"}


HOSTS = re.compile(r"https?://([^\s/\"'<>()\[\]{}:|\\，。；、]+)", re.IGNORECASE)
SPOKEN_OF = re.compile(
    r"(^|\.)(localhost|127\.0\.0\.1|example(\.(com|org|gov\.cn))?|test|invalid|w3\.org|openxmlformats\.org|microsoft\.com|purl\.org|purl\.oclc\.org)$"
)
REGISTRIES = re.compile(
    r"\b(" + "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "ana" + "conda")) + r")\.(org|com)\b"
)


def test_no_outside_address_in_the_project() -> None:
    """Nothing is fetched at run time, so no file needs a host; names of XML vocabularies and invented hosts aside."""
    found = []
    for path in tracked_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        hosts = [host for host in HOSTS.findall(text) if not SPOKEN_OF.search(host.lower())]
        found += [f"{name_of(path)}: {host}" for host in [*hosts, *(m.group() for m in REGISTRIES.finditer(text))]]
    assert found == []


def test_no_path_of_one_machine_in_the_project() -> None:
    here = [str(place) + "/" for place in (ROOT.parent, Path.home()) if len(place.parts) > 1]
    homes = re.compile(r"(?<![\w.~/-])/(?:home|Users)/\w+/|\b[A-Z]:\\Users\\\w")
    found = []
    for path in tracked_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name_of(path)}: {place}" for place in here if place in text]
        found += [f"{name_of(path)}: {m.group()}" for m in homes.finditer(text)]
    assert found == []


# --- packages ----------------------------------------------------------------------------------------------------


def required(name: str) -> dict[str, str]:
    """Package -> version of a requirements file, names in lower case; fails on a line that is not pinned."""
    pins: dict[str, str] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            pins |= required(line[3:].strip())
        elif line:
            match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==([\w.]+)", line)
            assert match, f"{name}: not pinned with ==: {line}"
            pins[match[1].lower()] = match[2]
    return pins


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    assert required(name)


def outside_packages(paths: list[Path]) -> dict[str, str]:
    """Import name -> a file that uses it, for everything that is neither ours nor Python's own."""
    own = {"etl", "pages", "app", "tests", "__future__"} | set(sys.stdlib_module_names) | OPTIONAL
    own.add("pydantic_core")  # pydantic pins it exactly
    found: dict[str, str] = {}
    for path in paths:
        for module in imported_modules(path):
            if (top := module.split(".")[0]) and top not in own:
                found.setdefault(top, name_of(path))
    return found


@pytest.mark.parametrize(
    "requirements, paths",
    [("requirements.txt", PRODUCT), ("requirements-dev.txt", sorted((ROOT / "tests").rglob("*.py")))],
    ids=["product", "tests"],
)
def test_every_import_is_required(requirements: str, paths: list[Path]) -> None:
    pins = required(requirements)
    homes = importlib.metadata.packages_distributions()
    own_helpers = {path.stem for path in (ROOT / "tests").rglob("*.py")}
    missing = {
        module: user
        for module, user in outside_packages(existing(paths)).items()
        if module not in own_helpers and not any(home.lower() in pins for home in homes.get(module, [module]))
    }
    assert missing == {}, f"not in {requirements}: {missing}"
