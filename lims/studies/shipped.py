"""Every text of a protocol that ever travelled with the service: a laboratory that goes by one of them, unchanged, takes the newer one.

A text is recorded here for good: a test holds the file to it, so that whatever is changed in a protocol comes under a new version.
"""

from typing import Final

SHIPPED: Final = {
    ("ILDR-02", "1.0"): (
        "36f3587ff62d9b4f5200458b8a3f4bcb8898605e97434d2261e3e535f11d556c",
        "410fbf48bf98b5fff05744560fdc37813029fe75150c6855f36b4b76e7dc1cea",  # how long a tube may be out
    ),
    ("ILDR-02", "1.1"): ("2d0c34b1c75d684683d58d16a8715184b49a2cd64c615d0d31342abf1c0d8a2d",),
}
"""By study and version, the SHA-256 of its text. Version 1.0 had two: what was added to it should have been an amendment, and is 1.1."""
