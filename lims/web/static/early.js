// A page that takes its scans itself is seen before its scripts are there. What is scanned meanwhile is kept, key by key with its time,
// until takeScans (scanner.js) hears it.
window.keysBefore = [];
document.addEventListener("keydown", (event) => window.keysBefore?.push(event), true);
