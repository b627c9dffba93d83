// A page that takes its scans itself may be seen before its scripts are there. What is scanned meanwhile is kept, key by key with its time,
// until takeScans (scanner.js) hears it.
window.keysBefore = [];
document.addEventListener("keydown", (event) => {
  window.keysBefore?.push(event);
  if (window.keysBefore && event.key === "Enter") event.preventDefault(); // it would send the form, and load the page anew
}, true);
