// What this device keeps in the browser's own database: acts that wait to be sent, acts that were refused, and what was loaded or begun
// here: boxes, pick lists, audits, boxes that are being filled anew.
const NAME = "bench";
const VERSION = 2;
const MOST_BOXES = 200;
const STORES = {
  waiting: { keyPath: "turn", autoIncrement: true },
  refused: { keyPath: "op_id" },
  boxes: { keyPath: "code" },
  lists: { keyPath: "code" },
  audits: { keyPath: "box" },
  reboxes: { keyPath: "code" },
};
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const [name, how] of Object.entries(STORES)) if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, how);
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page in another tab goes before; this one is to be loaded again
      asked.result.onclose = () => { opening = null; };
      resolve(asked.result);
    };
    asked.onerror = () => { opening = null; reject(asked.error); };
  });
  return opening;
}

// One transaction, on the disk when it is promised to be done.
async function within(names, mode, work, durability = "strict") {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability });
    const asked = work(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const addWaiting = (entry) => within(["waiting"], "readwrite", (waiting) => waiting.add(entry));

export const listWaiting = () => within(["waiting"], "readonly", (waiting) => waiting.getAll());

// Acts that were answered wait no more; in the same step, those that were refused go onto the list.
export const settle = (turns, refused) => within(["waiting", "refused"], "readwrite", (waiting, list) => {
  for (const turn of turns) waiting.delete(turn);
  for (const row of refused) list.put(row);
});

export const listRefused = () => within(["refused"], "readonly", (list) => list.getAll());

// A refused act that somebody has dealt with: off the list, and what follows from it into the queue, in one step.
export const workOff = (row, entry) => within(["waiting", "refused"], "readwrite", (waiting, list) => {
  list.delete(row.op_id);
  waiting.add(entry);
});

// What can be loaded again is kept as far as there is room, and nobody waits until it is on the disk.
const keep = (store, thing) => within([store], "readwrite", (things) => things.put(thing), "relaxed").catch(() => null);
const all = (store) => within([store], "readonly", (things) => things.getAll());
const one = (store, key) => within([store], "readonly", (things) => things.get(key));
const drop = (store, key) => within([store], "readwrite", (things) => things.delete(key));

// Who fills it is the service's to say each time: what is kept of a box that others fill is not what they said, and has no etag.
export const keepBox = ({ others, ...box }) => keep("boxes", { ...box, etag: others ? null : box.etag, kept_ms: Date.now() });
export const listBoxes = () => all("boxes");
export const findBox = (code) => one("boxes", code);

// All of them are looked through at a scan without network: those nobody stood before for the longest time are let go.
export async function dropOldBoxes() {
  const oldest = (await listBoxes()).sort((one, other) => other.kept_ms - one.kept_ms).slice(MOST_BOXES);
  for (const { code } of oldest) await drop("boxes", code);
}

export const keepList = (list) => keep("lists", list);
export const listLists = () => all("lists");
export const findList = (code) => one("lists", code);
export const dropList = (code) => drop("lists", code);

export const keepAudit = (audit) => keep("audits", audit);
export const findAudit = (box) => one("audits", box);
export const dropAudit = (box) => drop("audits", box);

// A box that is being filled anew is nowhere else: it is not to be lost for want of room.
export const keepRebox = (hand) => within(["reboxes"], "readwrite", (reboxes) => reboxes.put(hand));
export const listReboxes = () => all("reboxes");
export const dropRebox = (code) => drop("reboxes", code);
