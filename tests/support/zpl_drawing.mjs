// Draws ZPL for zpl_drawing.py. A line of JSON in: {zpl, width, height}; a line out: {pngs}, in base64, or {error}.
import { createInterface } from "node:readline";

const { ready } = await import(process.argv[2]);
const { api } = await ready;

for await (const line of createInterface({ input: process.stdin })) {
  const { zpl, width, height } = JSON.parse(line);
  let answer;
  try {
    // Told that a dot is a millimetre, it takes sizes in dots and scales nothing.
    answer = { pngs: await api.zplToBase64MultipleAsync(zpl, width, height, 1) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
process.exit(0); // what draws would otherwise wait for more for ever
