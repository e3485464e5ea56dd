"""Small generated files that look like what they claim to be, of any size, read piece by piece."""

import hashlib
import struct
from dataclasses import dataclass, field

BLOCK = 4096


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def _mp4_head(brand: bytes, seconds: int) -> bytes:
    ftyp = _box(b"ftyp", brand + struct.pack(">I", 512) + brand + b"isommp42")
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    mvhd = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000)
    mvhd += struct.pack(">IH10x", 0x10000, 0x0100) + matrix + bytes(24) + struct.pack(">I", 2)
    return ftyp + _box(b"moov", _box(b"mvhd", mvhd))


@dataclass
class Content:
    """Bytes of a file: a head followed by a repeating block, so that gigabytes cost no memory."""

    size: int
    head: bytes
    seed: str = ""
    _block: bytes = field(default=b"", repr=False)

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from offset, at most length of them."""
        length = max(0, min(length, self.size - offset))
        out = bytearray()
        if offset < len(self.head):
            out += self.head[offset : offset + length]
        if len(out) < length:
            if not self._block:
                digest = hashlib.sha256(self.seed.encode()).digest()
                self._block = (digest * (BLOCK // len(digest)))[:BLOCK]
            start = (offset + len(out) - len(self.head)) % BLOCK
            needed = length - len(out)
            out += (self._block * (needed // BLOCK + 2))[start : start + needed]
        return bytes(out)

    def sha256(self) -> str:
        """Hex digest of the whole content."""
        digest = hashlib.sha256()
        for offset in range(0, self.size, 1 << 20):
            digest.update(self.read(offset, 1 << 20))
        return digest.hexdigest()


def video(size: int, seed: str, seconds: int = 60, audio: bool = False) -> Content:
    """An MP4 (or M4A) container of exactly ``size`` bytes (at least 256) with opaque media data."""
    size = max(size, 256)
    head = _mp4_head(b"M4A " if audio else b"mp42", seconds)
    data = size - len(head)
    if data < 2**32:
        head += struct.pack(">I", data) + b"mdat"
    else:
        head += struct.pack(">I", 1) + b"mdat" + struct.pack(">Q", data)
    return Content(size, head, seed)


def text(content: str) -> Content:
    """A UTF-8 text file."""
    data = content.encode()
    return Content(len(data), data)
