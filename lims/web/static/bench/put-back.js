// A tube that is out goes back into the hole that was kept for it: one scan.
export function isOut(tube) {
  return Boolean(tube?.place?.away);
}

export async function putBack(bench, code, tube) {
  if (bench.box?.code !== tube.place.container) await bench.openBox(tube.place.container);
  return bench.act({ type: "returned", barcode: code, seen: tube.seen }, tube);
}
