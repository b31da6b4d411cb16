"""Vendor what the browser gets: fetch it once with npm, copy it here, write down what it is.

Run by ``make vendor``. Only this script needs Node; its results are committed, so running Kith
does not. Running it twice changes nothing.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SPRITE = ROOT / "static" / "icons.svg"
MACRO = ROOT / "templates" / "macros" / "vendor.html"
FONT_LIMIT = 30_000

# package -> files copied as they are: (path in the package, file name here)
COPIED = {
    "htmx.org": [("dist/htmx.min.js", "htmx.min.js")],
    "@simplewebauthn/browser": [("dist/bundle/index.umd.min.js", "webauthn.min.js")],
    "graphology": [("dist/graphology.umd.min.js", "graphology.min.js")],
    "sigma": [("dist/sigma.min.js", "sigma.min.js")],
}

# What only the tests load.
FOR_TESTS = {"axe-core": [("axe.min.js", ROOT / "tests" / "vendor" / "axe.min.js")]}

FONT_PACKAGE = "@fontsource-variable/newsreader"
FONT_AXES = {"opsz": 30, "wght": (400, 600)}
FONT_FEATURES = ["kern"]

# Two files, so that a page only fetches the second when a name in a heading needs it.
FONT_FILES = {
    "newsreader.woff2": (
        "files/newsreader-latin-opsz-normal.woff2",
        [
            *(set(range(0x20, 0x7B)) - set(b"\\^_`")),
            *(0xA0, 0xA1, 0xA3, 0xA7, 0xA9, 0xAB, 0xB0, 0xB7, 0xBB, 0xBF),
            *range(0xC0, 0x100),
            *(0x131, 0x152, 0x153, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D),
            *(0x2022, 0x2026, 0x20AC, 0x2212),
        ],
    ),
    "newsreader-ext.woff2": (
        "files/newsreader-latin-ext-opsz-normal.woff2",
        [*range(0x100, 0x131), *range(0x132, 0x152), *range(0x154, 0x180), *range(0x218, 0x21C)],
    ),
}

# Lucide icons that templates use, by their Lucide names.
ICONS = """
activity archive arrow-left arrow-right award badge-check ban bell book-open bookmark calendar
camera chart-column check chevron-down chevron-left chevron-right circle-alert circle-check
circle-help circle-user circle-user-round clock compass copy door-open download ellipsis
external-link eye eye-off file-text fingerprint flag gift globe hand-heart hand-helping
handshake heart history hourglass house image inbox info key-round languages link list-filter
lock log-in log-out mail map-pin menu message-circle messages-square minus monitor moon network
pencil plus quote reply rotate-ccw search send settings shield shield-check smartphone sprout
star sun sun-moon tag trash-2 trending-down trending-up triangle-alert trophy undo-2 upload user
user-plus user-round users users-round x calendar-check calendar-x clipboard-check frown lightbulb
mail-check mail-x megaphone message-square message-square-text scale scroll-text smile tent
user-plus user-round users users-round vote x
"""
RENAMED = {"circle-help": ["circle-question-mark"]}


def vendor() -> None:
    """Fetch, copy, cut the font, draw the sprite and write the manifest."""
    with TemporaryDirectory() as folder:
        modules = fetch(Path(folder))
        shutil.rmtree(VENDOR, ignore_errors=True)
        entries = [*copy_files(modules), *cut_fonts(modules), draw_sprite(modules)]
        copy_for_tests(modules)
    write_manifest(entries)
    write_macro(entries)


def fetch(folder: Path) -> Path:
    """Install exactly what the lock file names into a throw-away folder."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, cwd=folder, check=True)
    return folder / "node_modules"


def copy_files(modules: Path) -> list[dict[str, str]]:
    """Copy each listed file into a folder that carries its version."""
    entries = []
    for package, files in COPIED.items():
        for source, name in files:
            target = folder_of(modules, package) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (modules / package / source).read_text(encoding="utf-8")
            # A source map would be one more request, to a file we do not ship.
            target.write_text(re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text), "utf-8")
            entries.append(entry(modules, package, source, target))
        shutil.copy(licence_file(modules / package), folder_of(modules, package) / "LICENSE")
    return entries


def copy_for_tests(modules: Path) -> None:
    """Copy what only the test suite loads."""
    for package, files in FOR_TESTS.items():
        for source, target in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(modules / package / source, target)


def cut_fonts(modules: Path) -> list[dict[str, str]]:
    """Cut the heading face down to its weight axis and the letters that names need."""
    entries = []
    for name, (source, letters) in FONT_FILES.items():
        target = folder_of(modules, FONT_PACKAGE) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        cut_font(modules / FONT_PACKAGE / source, target, letters)
        if target.stat().st_size > FONT_LIMIT:
            sys.exit(f"{name} has {target.stat().st_size} bytes; {FONT_LIMIT} is the most.")
        entries.append(entry(modules, FONT_PACKAGE, source, target))
    licence = licence_file(modules / FONT_PACKAGE)
    shutil.copy(licence, folder_of(modules, FONT_PACKAGE) / "LICENSE")
    return entries


def cut_font(source: Path, target: Path, letters: list[int]) -> None:
    """Subset one font file, fix its optical size and keep its weights."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = FONT_FEATURES
    options.hinting = False
    options.name_IDs = [0, 1, 2, 5, 6, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    font.flavor = None
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.ttf"
        font.save(plain)
        font = instancer.instantiateVariableFont(TTFont(plain, recalcTimestamp=False), FONT_AXES)
    font.flavor = "woff2"
    font.save(target)


def draw_sprite(modules: Path) -> dict[str, str]:
    """Put the listed icons into one SVG file, one symbol an icon."""
    symbols = "\n".join(symbol(modules, name) for name in sorted(ICONS.split()))
    SPRITE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">\n'
        f"<!-- Lucide {version_of(modules, 'lucide-static')}, ISC licence -->\n{symbols}\n</svg>\n",
        "utf-8",
    )
    return entry(modules, "lucide-static", "icons/*.svg", SPRITE)


def symbol(modules: Path, name: str) -> str:
    """Return one icon as a symbol that takes its colour and width from the page."""
    folder = modules / "lucide-static" / "icons"
    paths = [folder / f"{each}.svg" for each in [name, *RENAMED.get(name, [])]]
    text = next((p.read_text("utf-8") for p in paths if p.exists()), None)
    if text is None:
        sys.exit(f"Lucide has no icon called {name!r}.")
    inner = re.sub(r"\s+", " ", re.sub(r"(?s)^.*?<svg[^>]*>|</svg>.*$", "", text))
    inner = inner.replace("> <", "><").replace(" />", "/>").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def write_manifest(entries: list[dict[str, str]]) -> None:
    """Write down the name, version, licence and fingerprint of everything vendored."""
    text = json.dumps(entries, indent=2, ensure_ascii=False) + "\n"
    (VENDOR / "manifest.json").write_text(text, "utf-8")


def write_macro(entries: list[dict[str, str]]) -> None:
    """Tell the templates where each vendored file lies and what its fingerprint is."""
    files = {
        Path(e["file"]).name: {"path": e["file"], "integrity": e["integrity"]} for e in entries
    }
    head = "{# Written by scripts/vendor.py: where each vendored file lies. #}\n"
    MACRO.write_text(f"{head}{{% set vendored = {json.dumps(files, indent=2)} %}}\n", "utf-8")


def entry(modules: Path, package: str, source: str, target: Path) -> dict[str, str]:
    """Return one line of the manifest."""
    about = json.loads((modules / package / "package.json").read_text("utf-8"))
    digest = base64.b64encode(hashlib.sha384(target.read_bytes()).digest()).decode()
    return {
        "name": package,
        "version": about["version"],
        "licence": about["license"],
        "file": target.relative_to(ROOT / "static").as_posix(),
        "integrity": f"sha384-{digest}",
        "source": source,
    }


def folder_of(modules: Path, package: str) -> Path:
    """Return where a package's files are kept, its version in the name."""
    short = {"@simplewebauthn/browser": "simplewebauthn"}.get(package, package.rpartition("/")[2])
    return VENDOR / f"{short}-{version_of(modules, package)}"


def version_of(modules: Path, package: str) -> str:
    """Return the installed version of a package."""
    return str(json.loads((modules / package / "package.json").read_text("utf-8"))["version"])


def licence_file(folder: Path) -> Path:
    """Return the file in which a package states its licence."""
    return next(p for p in sorted(folder.iterdir()) if p.name.upper().startswith("LICEN"))


if __name__ == "__main__":
    vendor()
