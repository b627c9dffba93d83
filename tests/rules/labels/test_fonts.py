"""The fonts of labels are read by many threads at once, as a page of previews asks for them."""

import subprocess
import sys

MANY_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from lims.labels.fonts import Face, Weight, advances, outline, width_units

sys.setswitchinterval(1e-6)
text, clients = "ILDR02-L07 血浆 µ°C", 8
together = Barrier(clients)

def ask(client: int) -> int:
    together.wait()
    outline(Face.HAN, "血浆粪便肿瘤组织"[client])
    outline(Face.BOLD, "I")
    return width_units(text, Weight.BOLD)

with ThreadPoolExecutor(clients) as pool:
    print(len(set(pool.map(ask, range(clients)))), len(advances(Weight.REGULAR)) > 7000)
"""


def test_threads_that_ask_for_a_font_first_all_get_it() -> None:
    for _ in range(3):
        asked = subprocess.run([sys.executable, "-c", MANY_AT_ONCE], capture_output=True, text=True, check=False)
        assert (asked.stdout.split(), asked.stderr) == (["1", "True"], "")
