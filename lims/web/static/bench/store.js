// What this device keeps in the browser's own database: acts that wait to be sent, acts that were refused, boxes that were loaded.
const NAME = "bench";
const VERSION = 1;
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("waiting", { keyPath: "turn", autoIncrement: true });
      asked.result.createObjectStore("refused", { keyPath: "op_id" });
      asked.result.createObjectStore("boxes", { keyPath: "code" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

// One transaction, on the disk when it is promised to be done.
async function within(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
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

// A refused act that is to be done again: off the list and into the queue in one step.
export const doAgain = (row, entry) => within(["waiting", "refused"], "readwrite", (waiting, list) => {
  list.put(row);
  waiting.add(entry);
});

export const putRefused = (row) => within(["refused"], "readwrite", (list) => list.put(row));

export const keepBox = (box) => within(["boxes"], "readwrite", (boxes) => boxes.put(box));

export const listBoxes = () => within(["boxes"], "readonly", (boxes) => boxes.getAll());
