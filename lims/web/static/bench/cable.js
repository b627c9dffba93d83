// A scanner on a cable, read by Web Serial where the browser has it: no keyboard layout comes between. A line is a scan.
const BAUD = 9600;

export async function readCable({ heard, failed }) {
  try {
    const port = await navigator.serial.requestPort();
    await port.open({ baudRate: BAUD });
    let rest = "";
    const lines = port.readable.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await lines.read();
      if (done) return;
      const parts = (rest + value).split(/[\r\n]+/);
      rest = parts.pop();
      for (const line of parts) if (line) heard(line);
    }
  } catch {
    failed();
  }
}
