// The page of `fundusfm serve`. Files go to /v1/predict one by one, so that each result shows as soon as it is there.

import { eyeControl, fill, find, make, makeCard, showNameAndEye, whoseControl } from "./cards.js";
import { chosen, dropped, sameAs } from "./files.js";
import { OUTCOME, eyeOf, layOut, nameOf } from "./people.js";
import { pdf } from "./pdf.js";
import { showPicture } from "./pictures.js";
import { report } from "./report.js";
import { hasToken, send, useToken } from "./requests.js";
import { csv } from "./table.js";

const AT_ONCE = 3;
const NAMED = 10; // of the files that were left out
const ARCHIVE = /\.(zip|rar|7z|tar|t?gz)$/i;

const settings = document.body.dataset;
const PREDICT = settings.structures === "null" ? "v1/predict" : "v1/predict?layers=true";
const entries = [];
const queue = [];
const leftOut = new Set();
let people = [];
let running = 0;
let count = 0;
let round = new AbortController();
let unsaved = false;

// ------------------------------------------------------------------ photographs

function newEntry(file, path, frame, card, row = null) {
  count += 1;
  return { id: count, file, path, frame, frames: 1, card, row, decision: null, url: "", crop: "", maps: new Map() };
}

function add({ file, path }) {
  const entry = newEntry(file, path, 1, makeCard(path));
  find("#waiting").append(entry.card);
  entries.push(entry);
  queue.push(entry);
}

// A file with several photographs has a card for each, one after the other.
function addFrames(entry, rows) {
  const frames = rows.map((row, index) => {
    if (index === 0) return Object.assign(entry, { row });
    return newEntry(entry.file, entry.path, index + 1, makeCard(row.image), row);
  });
  for (const frame of frames) Object.assign(frame, { frames: rows.length, whole: entry.id });
  entries.splice(entries.indexOf(entry), 1, ...frames);
  return frames;
}

function point() {
  const [chosen] = find("#point").selectedOptions;
  return chosen ? { name: chosen.value, limits: JSON.parse(chosen.dataset.limits) } : { name: "", limits: {} };
}

async function screen(entry, signal) {
  const { card, file } = entry;
  find(".line", card).textContent = "Being screened";
  let frames = [entry];
  try {
    if (file.size > Number(settings.maxBytes)) throw new Error("It is larger than this server takes: export it smaller.");
    const answer = await (await send(PREDICT, file, signal)).json();
    if (signal.aborted) return;
    frames = addFrames(entry, answer.rows);
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) askForToken();
    entry.failure = { refer: "", why: "", uncertain: null, labels: [], verdict: "Not judged", advice: error.message };
  }
  for (const frame of frames) {
    fill(frame, point());
    eyeControl(frame, arrange);
  }
  arrange();
  // One after the other: a preview sends the whole file again.
  for (const frame of frames) await showPicture(frame, signal);
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
  for (const path of left) leftOut.add(path);
  notice("");
  remarks();
  findCopies(files.map(({ file }) => file), round.signal);
  unsaved = entries.length > 0;
  find("#by-folder-line").hidden = !entries.some(({ path }) => path.includes("/"));
  summarise();
  for (let more = 0; more < AT_ONCE; more += 1) work();
}

async function findCopies(files, signal) {
  for (const file of files) {
    const others = [...new Set(entries.map(entry => entry.file))];
    const first = await sameAs(file, others.slice(0, others.indexOf(file)));
    if (signal.aborted) return;
    for (const entry of entries) if (first && entry.file === file) entry.copyOf = first;
  }
  remarks();
}

// ------------------------------------------------------------------ the page as a whole

// The same photograph under two eyes or two people: one of the names is wrong.
function copies() {
  const groups = new Map();
  for (const entry of entries) {
    if (!entry.decision || entry.frame > 1) continue;
    const file = entry.copyOf || entry.file;
    groups.set(file, [...(groups.get(file) || []), entry]);
  }
  return [...groups.values()].filter(group => {
    const whose = group.map(entry => `${eyeOf(entry)} ${people.find(person => person.group.includes(entry))?.key}`);
    return new Set(whose).size > 1;
  }).map(group => `The same photograph under different names, so at most one is right: ${group.map(nameOf).join(", ")}.`);
}

// What the results do not show; it is printed and saved with them.
function remarks() {
  const archives = [...leftOut].filter(path => ARCHIVE.test(path));
  const others = [...leftOut].filter(path => !ARCHIVE.test(path));
  const lines = archives.map(path => `${path} is an archive: unpack it first, then choose the folder.`);
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  if (others.length) lines.push(`Left out, because ${others.length === 1 ? "it is no photograph" : "they are no photographs"}: ${others.slice(0, NAMED).join(", ")}${more}.`);
  find("#remarks").replaceChildren(...[...lines, ...copies()].map(line => make("p", line)));
}

function arrange() {
  const chosen = find("#point").selectedOptions[0];
  const model = settings.model + (chosen ? `, decided by: ${chosen.textContent.trim()}` : "");
  people = layOut(entries, find("#by-folder").checked, `${model}. ${new Date().toLocaleDateString()}. ${settings.warning}`);
  for (const entry of entries) {
    if (!entry.decision) continue;
    whoseControl(entry, people, arrange);
    showNameAndEye(entry);
  }
  worklist();
  remarks();
  unsaved = entries.length > 0;
  summarise();
}

function decideAnew() {
  for (const entry of entries) if (entry.decision) fill(entry, point());
  arrange();
}

function notice(text) {
  find("#notice").textContent = text;
  find("#notice").hidden = !text;
}

// Who needs what, worst first; each line leads to the block of the person.
function worklist() {
  document.body.classList.toggle("several", people.length > 1);
  find("#worklist").replaceChildren(...people.map(person => {
    const line = make("li", "");
    const link = make("a", "", `line-of ${person.kind}`);
    link.href = "#people";
    const outcome = make("span", "", "outcome");
    const icon = make("span", "", "icon");
    icon.ariaHidden = "true";
    outcome.append(icon, make("span", person.text));
    link.append(outcome, make("strong", person.title), make("span", person.detail));
    link.addEventListener("click", event => {
      event.preventDefault();
      person.block.scrollIntoView({ block: "start" });
      person.block.focus({ preventScroll: true });
    });
    line.append(link);
    return line;
  }));
}

function summarise() {
  const counts = Object.keys(OUTCOME).map(kind => [kind, people.filter(person => person.kinds.includes(kind)).length]);
  const open = entries.filter(entry => !entry.decision).length;
  const said = counts.filter(([, many]) => many).map(([kind, many]) => `${OUTCOME[kind]}: ${many}`);
  if (open) said.push(`Still to come: ${open}`);
  const twice = people.some(person => person.kinds.length > 1) ? "; a person with two outcomes counts at both" : "";
  const who = `${people.length} ${people.length === 1 ? "person" : "people"}`;
  find("#summary").textContent = `${said.join(" · ")} (${who}, ${entries.length} ${entries.length === 1 ? "photograph" : "photographs"}${twice})`;
  find("#toolbar").hidden = entries.length === 0;
  find("#drop").classList.toggle("small", entries.length > 0);
  for (const name of ["#print", "#save", "#save-table"]) find(name).disabled = running > 0 || open > 0 || entries.length === 0;
}

function askForToken() {
  find("#token-form").hidden = false;
  find("#token").focus();
}

function download(content, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function save() {
  const button = find("#save");
  button.disabled = true;
  notice("");
  try {
    download(await report(people, entries), "text/html", "fundusfm-report.html");
    unsaved = false;
  } catch (error) {
    notice(`No report: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

// Without what some file system refuses.
const fileName = title => title.replace(/[^\p{L}\p{N} ._-]+/gu, "_").slice(0, 80).trim() || "fundusfm-report";

async function savePdf(button) {
  const person = people.find(({ block }) => block.contains(button));
  button.disabled = true;
  notice("");
  try {
    download(await pdf(person, point().name, round.signal), "application/pdf", `${fileName(person.title)}.pdf`);
  } catch (error) {
    if (error.status === 401) askForToken();
    if (!round.signal.aborted) notice(`No PDF: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}

function clear() {
  if (unsaved && !window.confirm("These results were not saved. Clear them?")) return;
  round.abort();
  round = new AbortController();
  for (const { url } of entries) if (url) URL.revokeObjectURL(url);
  entries.length = queue.length = 0;
  leftOut.clear();
  find("#waiting").replaceChildren();
  arrange();
  notice("");
  find("#by-folder-line").hidden = true;
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
  input.addEventListener("change", async () => {
    const wanted = chosen(input.files); // reads the list before it is emptied
    input.value = "";
    take(await wanted);
  });
}
find("#point").addEventListener("change", decideAnew);
find("#by-folder").addEventListener("change", arrange);
find("#print").addEventListener("click", () => window.print());
find("#save").addEventListener("click", save);
find("#people").addEventListener("click", event => {
  const button = event.target.closest(".save-pdf");
  if (button) savePdf(button);
});
find("#save-table").addEventListener("click", () => {
  download(csv(people, point()), "text/csv", "fundusfm-results.csv");
  unsaved = false;
});
find("#clear").addEventListener("click", clear);
// On paper nothing can be opened.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(".labels-of:not([open])")];
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => { for (const details of opened) details.open = false; });
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
  const again = entries.filter(entry => entry.failure);
  for (const entry of again) { entry.card.remove(); entries.splice(entries.indexOf(entry), 1); }
  take({ files: again.map(({ file, path }) => ({ file, path })), left: [] });
});
