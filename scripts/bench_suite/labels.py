"""Labels beside the bare libraries: ZPL beside formatting strings, PDF beside reportlab drawing the same symbols."""

import io
import statistics
import time
from collections.abc import Callable

from ppf.datamatrix import DataMatrix
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from lims.ids import Prefix, new_barcode
from lims.labels.drawing import known_templates
from lims.labels.renderers import render
from scripts.bench_suite.measures import Result

TEMPLATE = "cryo-wrap"


def measure_labels(name: str) -> Result:
    """``labels-zpl`` (1,000 labels) or ``labels-pdf`` (100), each beside its bare counterpart, in turn."""
    zpl = name == "labels-zpl"
    fields = [_fields() for _ in range(1000 if zpl else 100)]
    template = known_templates()[TEMPLATE]
    ours = _median(lambda: render(template, fields, format="zpl" if zpl else "pdf", dpi=300))
    bare = _median(lambda: _bare_zpl(fields) if zpl else _bare_pdf(fields))
    return Result(name, ours, "ms", ours / bare)


def _fields() -> dict[str, str]:
    barcode = new_barcode(Prefix.SPECIMEN)
    words = {"label": "ILDR02-L07-PRE-STL-03", "participant": "L07", "timepoint": "PRE", "side": "pre", "study": "ILDR-02"}
    return {"barcode": barcode, "specimen_type": "Stool", "amount": "200 mg", "collected_on": "2026-08-17", "ordinal": "3"} | words


def _median(act: Callable[[], object], times: int = 7) -> float:
    act()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _bare_zpl(labels: list[dict[str, str]]) -> str:
    return "".join(_BARE_LABEL.format_map(label) for label in labels)


_BARE_LABEL = (
    "^XA^CI28^PW384^LL150^FO8,36^BXN,4,200^FD{barcode}^FS^FO90,8^A0N,40,38^FD{participant} {timepoint}^FS^FO350,8^A0N,34,38^FD{ordinal}^FS"
    "^FO90,50^A0N,28,26^FD{specimen_type} {amount}^FS^FO90,82^A0N,30,28^FD{barcode}^FS^FO280,82^A0N,20,17^FD{collected_on}^FS"
    "^FO90,116^A0N,24,22^FD{label}^FS^PQ1,0,1,Y^XZ\n"
)


def _bare_pdf(labels: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(32.5 * mm, 12.7 * mm))
    for label in labels:
        matrix = DataMatrix(label["barcode"]).matrix
        path = canvas.beginPath()
        for row, modules in enumerate(matrix):
            for column, dark in enumerate(modules):
                if dark:
                    path.rect(1 * mm + column * 0.96, 8 * mm - row * 0.96, 0.96, 0.96)
        canvas.drawPath(path, stroke=0, fill=1)
        for line, text in enumerate(
            (f"{label['participant']} {label['timepoint']}", label["specimen_type"], label["barcode"], label["label"])
        ):
            canvas.setFont("Helvetica", 6)
            canvas.drawString(8 * mm, (9.5 - 2.4 * line) * mm, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
