// The page of `fundusfm serve`. Files go to /v1/predict one by one, so that each result shows as soon as it is there.

const AT_ONCE = 3;
const MOST_TRIES = 8;
const COMPUTING = "computing the map …";
const STATUS = {
  ok: "screened", ungradable: "not gradable", not_fundus: "not a fundus photograph", failed: "could not be read",
};

const find = (selector, root = document) => root.querySelector(selector);
const settings = document.body.dataset;
const EYES = { right: "Right eye", left: "Left eye" };
const results = find("#results");
const entries = [];
const queue = [];
let running = 0;
let round = new AbortController();
let token = "";

// ------------------------------------------------------------------ requests

class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

const pause = (seconds, signal) => new Promise((done, stop) => {
  const timer = setTimeout(done, 1000 * seconds);
  signal.addEventListener("abort", () => { clearTimeout(timer); stop(signal.reason); }, { once: true });
});

async function send(path, files, signal) {
  for (let attempt = 1; ; attempt += 1) {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    let response;
    try {
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      response = await fetch(path, { method: "POST", body: form, headers, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Refused(0, "The server does not answer: check that it runs and that you can reach it, then try again.");
    }
    if (response.ok) return response;
    if (response.status === 503 && attempt < MOST_TRIES) {
      await pause(Number(response.headers.get("Retry-After")) || 2, signal);
      continue;
    }
    const body = await response.json().catch(() => ({}));
    throw new Refused(response.status, body.error || `The server answered with status ${response.status}.`);
  }
}

// ------------------------------------------------------------------ results

const percent = value => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
const number = value => (value === null ? "–" : value.toFixed(3));

function verdict(finding) {
  if (finding.score === null) return "not scored";
  if (finding.decision === null) return "no operating point";
  return finding.decision ? "at or above the operating point" : "below the operating point";
}

// The colour of a finding; what is said is `verdict`, and a label that means healthy is no finding.
const side = finding => (finding.decision === null || finding.healthy ? "" : finding.decision ? "positive" : "negative");

function makeCard(name, text) {
  const card = find("#card").content.cloneNode(true).firstElementChild;
  find(".name", card).textContent = name;
  find(".chip", card).textContent = text;
  card.classList.add("waiting");
  return card;
}

function add(file) {
  const card = makeCard(file.name, "waiting");
  results.append(card);
  const entry = { file, frame: 1, card, row: null };
  entries.push(entry);
  queue.push(entry);
}

// A DICOM file with several frames has a card for each, one after the other.
function addFrames(entry, rows) {
  const frames = rows.map((row, index) => {
    if (index === 0) return Object.assign(entry, { row });
    return { file: entry.file, frame: index + 1, card: makeCard(row.image, "being screened"), row };
  });
  frames.slice(1).reduce((before, frame) => { before.card.after(frame.card); return frame; }, entry);
  entries.splice(entries.indexOf(entry), 1, ...frames);
  for (const frame of frames) place(frame);
  return frames;
}

// Cards of a known eye stand under its name, the right eye to the left as one faces the patient, in the order of the files.
function place({ card, row }) {
  if (!row.eye) return;
  const side = find(".side", card);
  side.textContent = EYES[row.eye];
  side.hidden = false;
  const list = find(".results", find(`#${row.eye}`));
  const order = new Map(entries.map((entry, index) => [entry.card, index]));
  const next = [...list.children].find(other => order.get(other) > order.get(card));
  list.insertBefore(card, next || null);
}

async function screen(entry, signal) {
  const { card, file } = entry;
  find(".chip", card).textContent = "being screened";
  if (file.size > Number(settings.maxBytes)) {
    refuse(entry, "failed", `${file.name} is larger than this server takes: export it smaller.`);
    return;
  }
  try {
    const answer = await (await send("v1/predict", [file], signal)).json();
    if (signal.aborted) return;
    const frames = addFrames(entry, answer.rows);
    for (const frame of frames) {
      if (frame.row.status === "ok") show(frame, signal);
      else refuse(frame, frame.row.status, frame.row.reason);
    }
    summarise();
    // One after the other: each map sends the whole file again.
    for (const frame of frames) if (frame.row.status === "ok") await explain(frame, frame.row.findings[0].label, signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) askForToken();
    refuse(entry, "failed", error.message);
  }
}

function settle(entry, text, kind) {
  entry.card.classList.remove("waiting");
  const chip = find(".chip", entry.card);
  chip.textContent = text;
  if (kind) chip.classList.add(kind);
}

function refuse(entry, status, reason) {
  entry.refused = status;
  settle(entry, STATUS[status] || status);
  entry.card.classList.add("refused");
  const line = find(".reason", entry.card);
  line.textContent = reason;
  line.hidden = false;
}

function show(entry, signal) {
  const { card, row } = entry;
  const [main, ...others] = row.findings;
  settle(entry, `${main.label}: ${verdict(main)}`, side(main));
  find(".verdict", card).textContent = `Calibrated risk of ${main.label}: ${percent(main.probability)}`;
  gauge(find(".gauge", card), main);
  if (side(main)) find(".numbers", card).classList.add(side(main));
  const values = [["Score", number(main.score)]];
  if (main.point) {
    values.push(["Operating point", `${number(main.point.threshold)} (${main.point.name})`]);
    if (main.point.sensitivity !== null) values.push(["Its sensitivity, specificity", `${percent(main.point.sensitivity)}, ${percent(main.point.specificity)}`]);
  }
  if (row.quality !== null) values.push(["Image quality", `${row.quality.toFixed(2)} of 1`]);
  for (const [name, value] of values) {
    const pair = document.createElement("div");
    pair.append(make("dt", name), make("dd", value));
    find(".values", card).append(pair);
  }
  if (row.reason) { find(".reason", card).textContent = row.reason; find(".reason", card).hidden = false; }
  for (const finding of others) {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    breakable(name, finding.label);
    if (side(finding) === "positive") line.className = "above";
    const cells = [number(finding.score), finding.point ? number(finding.point.threshold) : "–", percent(finding.probability)];
    line.append(name, ...cells.map(text => make("td", text, "number")), make("td", finding.decision === null ? "–" : finding.decision ? "above" : "below"));
    find(".others tbody", card).append(line);
  }
  find(".others", card).hidden = others.length === 0;
  find(".card-body", card).hidden = false;
  controls(entry, signal);
  find(".note", card).textContent = COMPUTING;
}

function gauge(bar, finding) {
  find(".fill", bar).style.width = `${100 * finding.score}%`;
  const point = finding.point;
  find(".mark-point", bar).hidden = !point;
  if (point) find(".mark-point", bar).style.left = `${100 * point.threshold}%`;
  bar.setAttribute("aria-label", `score ${number(finding.score)} on a scale from 0 to 1${point ? `, operating point ${number(point.threshold)}` : ""}`);
}

function controls(entry, signal) {
  const { card, row } = entry;
  const slider = find("input[type=range]", card);
  slider.addEventListener("input", () => {
    find(".heat", card).style.opacity = slider.value / 100;
    find("output", card).textContent = `${slider.value} %`;
  });
  const select = find("select", card);
  for (const finding of row.findings) select.append(make("option", finding.label));
  find(".which", card).hidden = row.findings.length < 2;
  select.addEventListener("change", () => explain(entry, select.value, signal));
}

async function explain(entry, label, signal) {
  const { card, file, frame, row } = entry;
  const note = find(".note", card);
  note.textContent = COMPUTING;
  try {
    const path = `v1/explain?label=${encodeURIComponent(label)}&frame=${frame}`;
    const shown = await (await send(path, [file], signal)).json();
    find(".crop", card).src = shown.crop;
    find(".crop", card).alt = `Field of view of ${row.image}`;
    find(".heat", card).src = shown.heat;
    find(".heat", card).alt = `Grad-CAM map of ${label}`;
    note.textContent = shown.empty ? `Nothing in this photograph raises the score of ${label}.` : "";
  } catch (error) {
    if (!signal.aborted) note.textContent = `No map: ${error.message}`;
  }
}

// Long labels are names of columns, which may break behind an underscore.
function breakable(element, label) {
  label.split(/(?<=_)/).forEach((part, index) => element.append(...(index ? [document.createElement("wbr")] : []), part));
}

function make(tag, text, kind) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

// ------------------------------------------------------------------ the page

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
  for (const eye of Object.keys(EYES)) find(`#${eye}`).hidden = find(".results", find(`#${eye}`)).children.length === 0;
  find("#unstated").hidden = results.children.length === 0 || entries.every(entry => !entry.row?.eye);
  drop.classList.toggle("small", entries.length > 0);
  find("#print").disabled = find("#save").disabled = open > 0 || entries.length === 0;
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

function take(files) {
  for (const file of files) add(file);
  summarise();
  for (let slot = 0; slot < AT_ONCE; slot += 1) work();
}

function askForToken() {
  find("#token-form").hidden = false;
  find("#token").focus();
}

async function save() {
  const button = find("#save");
  button.disabled = true;
  try {
    const files = entries.filter(entry => entry.frame === 1).map(entry => entry.file);
    const page = await (await send("v1/report", files, round.signal)).blob();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
    link.download = "fundusfm-report.html";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    find("#summary").textContent = `No report: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

function clear() {
  round.abort();
  round = new AbortController();
  entries.length = queue.length = 0;
  for (const list of document.querySelectorAll(".results")) list.replaceChildren();
  summarise();
  find("#files").focus();
}

const drop = find("#drop");
const carriesFiles = event => event.dataTransfer?.types.includes("Files");
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, event => { if (carriesFiles(event)) { event.preventDefault(); drop.classList.add("over"); } });
}
document.addEventListener("dragleave", event => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", event => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
find("#files").addEventListener("change", event => { take(event.target.files); event.target.value = ""; });
find("#print").addEventListener("click", () => window.print());
find("#save").addEventListener("click", save);
find("#clear").addEventListener("click", clear);
window.addEventListener("beforeprint", () => { find("#printed").textContent = `Printed on ${new Date().toLocaleString()}`; });

// The token may come in the address behind #, which browsers send to no server.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) { token = given; history.replaceState(null, "", location.pathname); }
if (settings.needsToken === "yes" && !token) find("#token-form").hidden = false;
find("#token-form").addEventListener("submit", event => {
  event.preventDefault();
  token = find("#token").value.trim();
  find("#token").value = "";
  find("#token-form").hidden = true;
  const again = entries.filter(entry => entry.refused && !entry.row);
  const files = again.map(entry => { entry.card.remove(); entries.splice(entries.indexOf(entry), 1); return entry.file; });
  take(files);
});
