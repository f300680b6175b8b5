"""Small files of every kind, and ones that are made to burst."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

from sessions_app.files import storage


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, options.pop("colour", 0)).save(out, kind, **options)
    return out.getvalue()


def noise(size: tuple[int, int], kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, pixels).save(out, kind)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A picture that says it has so many pixels; behind its header is next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00"))
        + chunk(b"IEND", b"")
    )


def pdf(pages: int = 1, words: str = "Hello from page {n}", extra: str = "") -> bytes:
    streams = [f"BT /F1 18 Tf 20 200 Td ({words.format(n=n + 1)}) Tj ET".encode() for n in range(pages)]
    return pdf_of([(stream, "") for stream in streams], extra)


def pdf_bomb(size: int) -> bytes:
    """One page whose content unpacks to `size` bytes."""
    packer = zlib.compressobj(9)
    line = b"BT (x) Tj ET\n" * 80_000
    packed = b"".join(packer.compress(line) for _ in range(size // len(line))) + packer.flush()
    return pdf_of([(packed, "/Filter /FlateDecode")])


def pdf_of(contents: list[tuple[bytes, str]], extra: str = "") -> bytes:
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, (stream, filters) in enumerate(contents):
        page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300]"
        page += f" /Contents {5 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        head = f"<< /Length {len(stream)} {filters} >>\nstream\n".encode()
        objects += [page.encode(), head + stream + b"\nendstream"]
    out, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R {extra} >>\nstartxref\n{start}\n%%EOF\n"
    return out + trailer.encode()


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def stored_files() -> list[Path]:
    """Everything that lies on the disk, unfinished uploads too."""
    return [path for path in storage.root().rglob("*") if path.is_file()]
