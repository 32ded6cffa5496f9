"""The code of a card out of a picture: a flatbed scan or one frame of a camera, decoded in memory.

Only four simple picture formats are opened, so that a hostile file reaches as little decoder as possible.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ceremony_app.strongroom.cardtext import ReadCard, read_text
from ceremony_app.strongroom.digits import INVENTORY_PREFIX, SECRET_PREFIX
from ceremony_app.strongroom.refusal import Refusal

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "TIFF", "PPM")
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"P5", b"P6", b"P4")
MOST_PIXELS = 40_000_000
"""An A4 sheet at 600 dpi has 35 million."""
_ENLARGE_BELOW = 6_000_000
_REDUCE_ABOVE = 10_000_000


def is_image(content: bytes | memoryview) -> bool:
    """True when the first bytes are those of a picture in one of the formats."""
    return bytes(content[:8]).startswith(MAGIC)


def read_image(content: bytes | memoryview) -> ReadCard:
    """The card whose code is in the picture. Refusals `card-unreadable`, `card-not-ours`, and those of `read_text`."""
    others: set[str] = set()
    for attempt in _attempts(_open(content)):
        texts = _codes(attempt)
        ours = {text for text in texts if text.startswith(SECRET_PREFIX)}
        if len(ours) > 1:
            raise Refusal("card-unreadable", "The picture shows more than one card.", "Lay one card alone under the scanner.")
        if ours:
            return read_text(ours.pop(), "image")
        others |= texts
    if not others:
        raise Refusal("card-unreadable", "No code can be read in this picture.", "Scan the card again, flat and whole, or type its words.")
    for text in sorted(others):
        if not text.startswith(INVENTORY_PREFIX):
            return _foreign(text)
    raise Refusal(
        "card-not-ours",
        "The picture shows only the inventory code from the outside of a card.",
        "Unfold the card and scan the side with the words.",
    )


def _foreign(text: str) -> ReadCard:
    """A code of another tool: bare indices or plain words of a share are read, anything else is refused without saying what it was."""
    card: ReadCard | None = None
    try:
        card = read_text(text, "image")
    except Refusal as refusal:
        if refusal.code in ("card-checksum", "card-other-set"):
            raise
    if card is None:
        raise Refusal("card-not-ours", "The code in the picture is not that of a card.", "Scan the side of the card with the words.")
    return card


def _open(content: bytes | memoryview) -> Image.Image:
    """The picture in shades of grey. Refusal `card-unreadable`."""
    from PIL import Image

    picture: Image.Image | None = None
    try:
        # Pillow warns of what is odd in a file by quoting from it.
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height <= MOST_PIXELS:
                picture = opened.convert("L")
    # Everything that Pillow's decoders of these formats raise on broken files.
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, KeyError, IndexError, TypeError, Image.DecompressionBombError):
        picture = None
    if picture is None:
        raise Refusal(
            "card-unreadable",
            f"This picture cannot be opened, or has more than {MOST_PIXELS // 1_000_000} million pixels.",
            "Scan at 300 dpi to PNG, JPEG or TIFF.",
        )
    return picture


def _attempts(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture, then cheap changes of it that were measured to help with small, faint, speckled or noisy codes. A large one is made
    smaller before it is changed, so that all attempts stay within the request's deadline."""
    from PIL import Image, ImageChops, ImageFilter

    def enlarged(image: Image.Image) -> Image.Image:
        return image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)

    def local_threshold(image: Image.Image) -> Image.Image:
        around = image.filter(ImageFilter.BoxBlur(max(8, min(image.size) // 40)))
        return ImageChops.subtract(image, around, scale=1, offset=136).point(_black_below_128)

    changes: list[Callable[[Image.Image], Image.Image]] = [
        local_threshold,
        lambda image: image.filter(ImageFilter.MedianFilter(3)),
        lambda image: image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX),
        lambda image: image.rotate(15, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
        lambda image: image.rotate(45, Image.Resampling.BICUBIC, expand=True, fillcolor=255),
    ]
    if picture.width * picture.height <= _ENLARGE_BELOW:
        changes[:0] = [enlarged, lambda image: local_threshold(enlarged(image))]
    yield picture
    base = picture
    while base.width * base.height > _REDUCE_ABOVE:
        base = base.reduce(2)
    for change in changes:
        yield change(base)


def _black_below_128(value: int) -> int:
    return 0 if value < 128 else 255


def _codes(picture: Image.Image) -> set[str]:
    """The texts of all QR codes in the picture."""
    import zxingcpp

    if not picture.width or not picture.height:
        return set()
    pixels = memoryview(picture.tobytes()).cast("B", (picture.height, picture.width))
    return {code.text for code in zxingcpp.read_barcodes(pixels, formats=zxingcpp.barcode_formats_from_str("QRCode")) if code.text}
