// The camera as a scanner: its reader comes when it is asked for and not before; what it reads goes the way of every scan. It stops when
// the page is not seen.
const LOOK_EVERY_MS = 150;
const AGAIN_MS = 1500; // a code that stays in view is read once
const ALIKE = 2; // so often in a row
const WANTED = { formats: ["DataMatrix", "Code128", "QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };
let reader = null;

export function makeCamera(video, files, { heard, failed, changed }) {
  const canvas = new OffscreenCanvas(1, 1);
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  let stream = null;
  let last = { text: null, at: 0, looks: 0 };

  async function start() {
    try {
      reader ??= await load(files);
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      video.srcObject = stream;
      await video.play();
    } catch {
      stop();
      failed();
      return;
    }
    changed(true);
    look();
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = video.srcObject = null;
    changed(false);
  }

  async function look() {
    if (!stream) return;
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    drawing.drawImage(video, 0, 0);
    const [found] = await reader.readBarcodes(drawing.getImageData(0, 0, canvas.width, canvas.height), WANTED);
    if (found?.isValid) see(found.text);
    setTimeout(look, LOOK_EVERY_MS);
  }

  // Of some thousand pictures of a Code 128 at an angle, one was read as another code with the right check character.
  function see(text) {
    const now = Date.now();
    const isSame = text === last.text && now - last.at <= AGAIN_MS;
    last = { text, at: now, looks: isSame ? last.looks + 1 : 1 };
    if (last.looks === ALIKE) heard(text);
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
  return { toggle: () => (stream ? stop() : start()) };
}

// It is a script of the old kind, which makes one name for all.
async function load({ script, wasm }) {
  await new Promise((resolve, reject) => {
    const made = document.createElement("script");
    Object.assign(made, { src: script, onload: resolve, onerror: reject });
    document.head.append(made);
  });
  await globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return globalThis.ZXingWASM;
}
