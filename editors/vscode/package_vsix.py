"""Pack the built extension into ``foretype-VERSION.vsix``, which is a zip file with a manifest.

The same files give the same package, byte for byte. Needs the standard library alone.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from sbom import bundled_packages  # noqa: E402

_TERMS = frozenset({"LICENSE", "LICENCE", "LICENSE-MIT", "COPYING"})
# Where the README's pictures are, in the repository and in the package.
IN_REPOSITORY = "../../docs/pictures/"
IN_PACKAGE = "media/"
CONTENT_TYPES = {
    "json": "application/json",
    "js": "application/javascript",
    "md": "text/markdown",
    "png": "image/png",
    "txt": "text/plain",
    "vsixmanifest": "text/xml",
}


def main() -> int:
    """Write the package and say where."""
    package: dict[str, Any] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(rf"{re.escape(IN_REPOSITORY)}([\w-]+\.png)", readme)
    files = {
        "extension/package.json": HERE / "package.json",
        "extension/LICENSE.txt": ROOT / "LICENSE",
        "extension/out/extension.js": HERE / "out" / "extension.js",
        **{f"extension/media/{path.name}": path for path in sorted(HERE.glob("media/*"))},
        **{f"extension/{IN_PACKAGE}{name}": ROOT / "docs" / "pictures" / name for name in pictures},
    }
    meta = HERE / "out" / "meta.json"
    missing = [str(path) for path in (*files.values(), meta) if not path.is_file()]
    if missing:
        sys.exit(f"not there: {', '.join(missing)}; `make vsix` builds what is missing")
    target = HERE / f"foretype-{package['version']}.vsix"
    for old in HERE.glob("foretype-*.vsix"):
        old.unlink()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        _add(archive, "extension.vsixmanifest", _manifest(package).encode())
        _add(archive, "[Content_Types].xml", _content_types().encode())
        _add(archive, "extension/README.md", readme.replace(IN_REPOSITORY, IN_PACKAGE).encode())
        _add(archive, "extension/NOTICES.txt", _notices(bundled_packages(meta)).encode())
        for name, path in files.items():
            _add(archive, name, path.read_bytes())
    print(target)
    return 0


def _notices(folders: Iterable[Path]) -> str:
    """Return the licenses of the packages that the extension's code holds."""
    parts = ["The extension holds these packages."]
    for folder in sorted(folders):
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        terms = [path for path in sorted(folder.iterdir()) if path.stem.upper() in _TERMS]
        text = terms[0].read_text(encoding="utf-8").strip() if terms else package.get("license", "")
        parts.append(f"{package['name']} {package['version']}\n\n{text}")
    return "\n\n----\n\n".join(parts) + "\n"


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _manifest(package: dict[str, Any]) -> str:
    identity = {
        "Language": "en-US",
        "Id": package["name"],
        "Version": package["version"],
        "Publisher": package["publisher"],
    }
    properties = {
        "Microsoft.VisualStudio.Code.Engine": package["engines"]["vscode"],
        "Microsoft.VisualStudio.Code.ExtensionKind": ",".join(package["extensionKind"]),
        "Microsoft.VisualStudio.Code.ExtensionDependencies": "",
        "Microsoft.VisualStudio.Code.ExtensionPack": "",
    }
    assets = {
        "Microsoft.VisualStudio.Code.Manifest": "extension/package.json",
        "Microsoft.VisualStudio.Services.Content.Details": "extension/README.md",
        "Microsoft.VisualStudio.Services.Content.License": "extension/LICENSE.txt",
        "Microsoft.VisualStudio.Services.Icons.Default": f"extension/{package['icon']}",
    }
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in identity.items())
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<PackageManifest Version="2.0.0" '
        'xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">',
        f"<Metadata><Identity {attributes}/>",
        f"<DisplayName>{escape(package['displayName'])}</DisplayName>",
        f'<Description xml:space="preserve">{escape(package["description"])}</Description>',
        f"<Tags>{escape(','.join(package['keywords']))}</Tags>",
        f"<Categories>{escape(','.join(package['categories']))}</Categories>",
        "<License>extension/LICENSE.txt</License>",
        f"<Icon>extension/{escape(package['icon'])}</Icon>",
        "<Properties>",
        *(
            f"<Property Id={quoteattr(name)} Value={quoteattr(value)}/>"
            for name, value in properties.items()
        ),
        "</Properties></Metadata>",
        '<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>',
        "<Dependencies/><Assets>",
        *(
            f'<Asset Type={quoteattr(kind)} Path={quoteattr(path)} Addressable="true"/>'
            for kind, path in assets.items()
        ),
        "</Assets></PackageManifest>",
    ]
    return "\n".join(lines)


def _content_types() -> str:
    kinds = "".join(
        f'<Default Extension=".{ending}" ContentType="{kind}"/>'
        for ending, kind in CONTENT_TYPES.items()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f"{kinds}</Types>"
    )


if __name__ == "__main__":
    sys.exit(main())
