// The page of `fundusfm serve`. Files go to /v1/predict one by one, so that each result shows as soon as it is there.

import { explain, eyeControl, find, makeCard, refuse, show } from "./cards.js";
import { chosen, dropped } from "./files.js";
import { eyeOfName, layOut } from "./people.js";
import { report } from "./report.js";
import { hasToken, send, useToken } from "./requests.js";

const AT_ONCE = 3;

const settings = document.body.dataset;
const entries = [];
const queue = [];
let running = 0;
let round = new AbortController();
let unsaved = false;

// ------------------------------------------------------------------ photographs

const newEntry = (file, path, frame, card, row = null) => (
  { file, path, frame, card, row, named: eyeOfName(path), clickedEye: "", crop: "", maps: new Map() });

function add({ file, path }) {
  const entry = newEntry(file, path, 1, makeCard(path, "waiting"));
  find("#results").append(entry.card);
  entries.push(entry);
  queue.push(entry);
}

// A file with several photographs has a card for each, one after the other.
function addFrames(entry, rows) {
  const frames = rows.map((row, index) => {
    if (index === 0) return Object.assign(entry, { row });
    return newEntry(entry.file, entry.path, index + 1, makeCard(row.image, "being screened"), row);
  });
  frames.slice(1).reduce((before, frame) => { before.card.after(frame.card); return frame; }, entry);
  entries.splice(entries.indexOf(entry), 1, ...frames);
  for (const frame of frames) eyeControl(frame, arrange);
  return frames;
}

async function screen(entry, signal) {
  const { card, file } = entry;
  find(".chip", card).textContent = "being screened";
  if (file.size > Number(settings.maxBytes)) {
    refuse(entry, "failed", `${file.name} is larger than this server takes: export it smaller.`);
    return;
  }
  try {
    const answer = await (await send("v1/predict", file, signal)).json();
    if (signal.aborted) return;
    const frames = addFrames(entry, answer.rows);
    for (const frame of frames) {
      if (frame.row.status === "ok") show(frame, signal);
      else refuse(frame, frame.row.status, frame.row.reason);
    }
    arrange();
    // One after the other: each map sends the whole file again.
    for (const frame of frames) if (frame.row.status === "ok") await explain(frame, frame.row.findings[0].label, signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) askForToken();
    refuse(entry, "failed", error.message);
  }
}

async function work() {
  if (running >= AT_ONCE || queue.length === 0) return;
  const entry = queue.shift();
  const signal = round.signal;
  running += 1;
  try { await screen(entry, signal); } finally { running -= 1; }
  if (!signal.aborted) summarise();
  work();
}

function take({ files, left }) {
  for (const file of files) add(file);
  notice(left ? `${left} ${left === 1 ? "file" : "files"} in the folders ${left === 1 ? "is" : "are"} no photograph and left out.` : "");
  unsaved = entries.length > 0;
  summarise();
  for (let slot = 0; slot < AT_ONCE; slot += 1) work();
}

// ------------------------------------------------------------------ the page

function arrange() {
  layOut(entries);
  unsaved = true;
  summarise();
}

function notice(text) {
  find("#notice").textContent = text;
  find("#notice").hidden = !text;
}

function summarise() {
  const scored = entries.filter(entry => entry.row?.status === "ok");
  const above = scored.filter(entry => entry.row.findings[0].decision).length;
  const refused = entries.filter(entry => entry.refused).length;
  const open = entries.length - scored.length - refused;
  // Without a label for the whole photograph, a count of those above some label's operating point would say little.
  const whole = scored.every(entry => entry.row.findings[0].label === "abnormal");
  const parts = whole ? [`${above} at or above the operating point`, `${scored.length - above} below`] : [`${scored.length} scored`];
  if (refused) parts.push(`${refused} not scored`);
  if (open) parts.push(`${open} to come`);
  find("#summary").textContent = `${entries.length} ${entries.length === 1 ? "photograph" : "photographs"}: ${parts.join(", ")}`;
  find("#toolbar").hidden = entries.length === 0;
  find("#drop").classList.toggle("small", entries.length > 0);
  find("#print").disabled = find("#save").disabled = running > 0 || queue.length > 0 || entries.length === 0;
}

function askForToken() {
  find("#token-form").hidden = false;
  find("#token").focus();
}

async function save() {
  const button = find("#save");
  button.disabled = true;
  notice("");
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await report(entries)], { type: "text/html" }));
    link.download = "fundusfm-report.html";
    link.click();
    unsaved = false;
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    notice(`No report: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

function clear() {
  round.abort();
  round = new AbortController();
  entries.length = queue.length = 0;
  find("#results").replaceChildren();
  layOut(entries);
  unsaved = false;
  notice("");
  summarise();
  find("#files").focus();
}

const carriesFiles = event => event.dataTransfer?.types.includes("Files");
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, event => { if (carriesFiles(event)) { event.preventDefault(); find("#drop").classList.add("over"); } });
}
document.addEventListener("dragleave", event => { if (!event.relatedTarget) find("#drop").classList.remove("over"); });
document.addEventListener("drop", async event => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  find("#drop").classList.remove("over");
  try { take(await dropped(event.dataTransfer)); } catch (error) { notice(`The folder cannot be read (${error.message}).`); }
});
for (const input of [find("#files"), find("#folder")]) {
  input.addEventListener("change", () => { take(chosen(input.files)); input.value = ""; });
}
find("#print").addEventListener("click", () => window.print());
find("#save").addEventListener("click", save);
find("#clear").addEventListener("click", clear);
window.addEventListener("beforeprint", () => { find("#printed").textContent = `Printed on ${new Date().toLocaleString()}`; });
// Results exist here only: leaving the page asks first, unless they were saved.
window.addEventListener("beforeunload", event => { if (unsaved) event.preventDefault(); });

// The token may come in the address behind #, which browsers send to no server.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) { useToken(given); history.replaceState(null, "", location.pathname); }
if (settings.needsToken === "yes" && !hasToken()) find("#token-form").hidden = false;
find("#token-form").addEventListener("submit", event => {
  event.preventDefault();
  useToken(find("#token").value.trim());
  find("#token").value = "";
  find("#token-form").hidden = true;
  const again = entries.filter(entry => entry.refused && !entry.row);
  const files = again.map(entry => { entry.card.remove(); entries.splice(entries.indexOf(entry), 1); return entry; });
  take({ files: files.map(({ file, path }) => ({ file, path })), left: 0 });
});
