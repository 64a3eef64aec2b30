// The page of a review: what to grade next, the grade, and what the table says once it is kept.

import { Viewer } from "./viewer.js";

const $ = id => document.getElementById(id);
const EYES = { right: "Right eye", left: "Left eye" };
const WHY = { doubtful: "an audit doubts its labels", ungradable: "the model could not grade it", uncertain: "the model was uncertain",
  referred: "the model refers it", control: "it is a control, drawn at random", listed: "it is on the list" };
const state = { reader: "", token: "", task: "read", labels: [], item: null, saved: false, busy: false, redFree: false, seen: 0, since: 0, asking: false };
// A label that is not answered is not among them; one that the reader cannot tell is null.
const grade = { labels: {}, quality: "" };
let names = {}, viewers = [], active = null, addresses = [], leftOut = 0;

async function ask(path, body) {
  const headers = state.token ? { Authorization: `Bearer ${state.token}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("The server does not answer. Nothing that was saved is lost: start the review again, then reload this page.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.error || `The server answered with status ${response.status}.`);
}
const json = async (path, body) => (await ask(path, body)).json();

function say(message) {
  $("notice").textContent = message;
  $("notice").hidden = !message;
  state.asking = false;
}

// One thing at a time, and every failure is said.
async function doing(work) {
  if (state.busy) return;
  state.busy = true;
  try { say(""); await work(); } catch (error) { say(error.message); } finally { state.busy = false; }
}

async function begin() {
  state.reader = $("name").value.trim().replace(/\s+/g, " ");
  if ($("token")) state.token = $("token").value.trim();
  if (!state.reader) return;
  const known = await json("v1/labels");
  state.labels = known.map(({ label }) => label);
  names = Object.fromEntries(known.map(({ label, name }) => [label, name]));
  for (const [number, label] of state.labels.entries()) $("labels").append(labelRow(label, number + 1));
  $("enter").hidden = true;
  for (const id of ["who", "tasks", "progress"]) $(id).hidden = false;
  $("who").textContent = state.reader;
  await next();
}

function labelRow(label, number) {
  const row = $("label").content.firstElementChild.cloneNode(true);
  row.dataset.label = label;
  row.setAttribute("aria-label", names[label]);
  row.querySelector(".text").textContent = names[label];
  if (number < 10) row.querySelector("kbd").textContent = number; else row.querySelector("kbd").remove();
  for (const button of row.querySelectorAll("button"))
    button.addEventListener("click", () => { set(label, button.dataset.value === "" ? null : Number(button.dataset.value)); });
  return row;
}

function missing() {
  const left = [...unanswered().map(label => names[label]), ...(grade.quality ? [] : ["the quality"])];
  say(left.length ? `Not saved yet: answer ${left.join(", ")}. N says no to the labels that are left, Q sets the quality.` : "");
  state.asking = left.length > 0;
  return state.asking;
}

const unanswered = () => state.labels.filter(label => grade.labels[label] === undefined);

function rest() {
  if (state.saved) return;
  for (const label of unanswered()) grade.labels[label] = 0;
  drawGrade();
}

function set(label, value) {
  if (state.saved) return;
  grade.labels[label] = value;
  drawGrade();
}

function drawGrade() {
  for (const row of $("labels").children) {
    const value = grade.labels[row.dataset.label];
    row.classList.toggle("yes", value === 1);
    for (const button of row.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.value === (value === null ? "" : String(value))));
      button.disabled = state.saved;
    }
  }
  for (const button of document.querySelectorAll("[data-quality]")) {
    button.setAttribute("aria-pressed", String(button.dataset.quality === grade.quality));
    button.disabled = state.saved;
  }
  document.querySelector(".grade").classList.toggle("saved", state.saved);
  $("comment").disabled = state.saved;
  $("rest").disabled = state.saved || unanswered().length === 0;
  $("save").firstChild.textContent = state.saved ? "Next " : "Save ";
  if (state.asking) missing();
}

async function next() {
  const found = await json(`v1/next?reader=${encodeURIComponent(state.reader)}&task=${state.task}`);
  open(found.item, found.progress);
}

function open(item, progress, before) {
  state.item = item; state.saved = false; state.seen = 0; state.since = performance.now();
  grade.labels = before ? { ...before.labels } : {};
  grade.quality = before ? before.quality : "";
  $("comment").value = before ? before.comment : "";
  $("revealed").hidden = true;
  count(progress);
  $("work").hidden = !item; $("finished").hidden = Boolean(item);
  showLeftOut();
  for (const task of ["read", "adjudicate"]) $(`task-${task}`).setAttribute("aria-pressed", String(task === state.task));
  if (!item) {
    $("finished-text").textContent = state.task === "read"
      ? `You have read all photographs. ${progress.disagreements ? "Disagreements are left to settle." : ""}`
      : "No disagreement is left. More may come when others have read.";
    return;
  }
  drawGrade();
  drawVotes(item.votes);
  drawSights();
}

function count(progress) {
  $("done").max = progress.photographs; $("done").value = progress.read;
  $("done-text").textContent = `${progress.read} of ${progress.photographs} read`;
  $("disagreements").textContent = progress.disagreements;
  if (progress.left_out !== leftOut) nameLeftOut().catch(error => say(error.message));
}

// Before and after the work, where it takes no room from the photographs.
const showLeftOut = () => { $("left-out").hidden = leftOut === 0 || !$("work").hidden; };

async function nameLeftOut() {
  const images = await json("v1/left-out");
  leftOut = images.length;
  showLeftOut();
  $("left-out").querySelector("summary").textContent = leftOut === 1 ? "1 file cannot be opened and is left out" : `${leftOut} files cannot be opened and are left out`;
  $("left-out").querySelector("p").textContent = images.join("\n");
}

function drawVotes(votes) {
  $("votes").replaceChildren(...votes.map(vote => {
    const line = document.createElement("p");
    const yes = state.labels.filter(label => vote.labels[label] === 1).map(label => names[label]).join(", ") || "nothing";
    const open = state.labels.filter(label => vote.labels[label] === null).map(label => `${names[label]}?`).join(", ");
    line.textContent = `${vote.reader}: ${yes}${open ? `, ${open}` : ""}; ${vote.quality}${vote.comment ? ` – ${vote.comment}` : ""}`;
    return line;
  }));
  $("votes").hidden = votes.length === 0;
}

function drawSights() {
  for (const address of addresses) URL.revokeObjectURL(address);
  addresses = []; viewers = [];
  const item = state.item;
  $("sights").replaceChildren(...item.sights.map(sight => {
    const figure = $("sight").content.firstElementChild.cloneNode(true);
    figure.classList.toggle("active", sight.active);
    const name = EYES[sight.eye] || "Eye not stated";
    figure.querySelector("figcaption").textContent = sight.active ? `${name}: grade this one` : name;
    figure.querySelector("img").alt = sight.active ? `${name}, the photograph to grade` : `${name} of the same person`;
    return figure;
  }));
  viewers = [...document.querySelectorAll(".glass")].map(glass => new Viewer(glass));
  active = viewers[item.sights.findIndex(sight => sight.active)];
  const eye = EYES[item.sights.find(sight => sight.active).eye];
  $("grade-title").textContent = `${state.task === "read" ? "Photograph" : "Disagreement on photograph"} ${item.photograph}${eye ? `, ${eye.toLowerCase()}` : ""}`;
  drawPictures();
}

async function drawPictures() {
  const item = state.item, view = state.redFree ? "red-free" : "colour";
  $("red-free").setAttribute("aria-pressed", String(state.redFree));
  await Promise.all(item.sights.map(async (sight, place) => {
    const figure = document.querySelectorAll(".sight")[place];
    try {
      const blob = await (await ask(`v1/photographs/${sight.id}/picture?view=${view}`)).blob();
      if (state.item !== item || view !== (state.redFree ? "red-free" : "colour")) return;
      addresses.push(URL.createObjectURL(blob));
      figure.querySelector("img").src = addresses.at(-1);
    } catch (error) {
      if (state.item !== item) return;
      figure.classList.add("failed");
      figure.querySelector("figcaption").textContent = `${EYES[sight.eye] || "Eye not stated"}: ${error.message}${sight.active ? " Enter goes on without it." : ""}`;
    }
  }));
}

async function save() {
  if (!state.item) return;
  if (state.saved) { await next(); return; }
  if (document.querySelector(".active.failed")) { await next(); return; }
  if (!document.querySelector(".active img[src]")) { say("The photograph is still loading."); return; }
  if (missing()) return;
  look();
  const answer = await json("v1/grades", { photograph: state.item.photograph, reader: state.reader, task: state.task,
    labels: grade.labels, quality: grade.quality, comment: $("comment").value.trim(), seconds: state.seen / 1000 });
  state.saved = true;
  count(answer.progress);
  reveal(answer.revealed);
  drawGrade();
  document.activeElement?.blur();
}

function reveal(found) {
  const lines = [`Saved. ${found.image}: read because ${WHY[found.reason] || found.reason}.`];
  if (found.note) lines.push(found.note);
  const table = document.createElement("table");
  const cells = (kind, texts) => {
    const row = document.createElement("tr");
    for (const [place, text] of texts.entries()) {
      const cell = document.createElement(place ? kind : "th");
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  };
  const word = (value, none) => value === 1 ? "yes" : value === 0 ? "no" : none;
  table.append(cells("th", ["", "you", "table", "score"]));
  for (const label of state.labels) {
    const row = cells("td", [names[label], word(grade.labels[label], "cannot tell"), word(found.given[label], "–"), found.scores[label]?.toFixed(2) ?? "–"]);
    row.classList.toggle("differs", found.given[label] !== null && grade.labels[label] !== null && found.given[label] !== grade.labels[label]);
    table.append(row);
  }
  $("revealed").replaceChildren(...lines.map(text => Object.assign(document.createElement("p"), { textContent: text })), table);
  $("revealed").hidden = false;
}

async function undo() {
  const found = await json("v1/undo", { reader: state.reader });
  if (!found.item) { say("There is nothing to undo."); return; }
  state.task = found.task;
  open(found.item, found.progress, found.grade);
}

// Only the time in which the page can be seen counts.
function look() {
  if (state.since) state.seen += performance.now() - state.since;
  state.since = document.hidden ? 0 : performance.now();
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) look(); else state.since = performance.now();
});

const redFree = () => { state.redFree = !state.redFree; drawPictures(); };
const turn = task => doing(async () => { state.task = task; await next(); });
function quality(step) {
  const names = [...document.querySelectorAll("[data-quality]")].map(button => button.dataset.quality);
  if (state.saved) return;
  grade.quality = names[(names.indexOf(grade.quality) + step) % names.length];
  drawGrade();
}

$("enter").addEventListener("submit", event => { event.preventDefault(); doing(begin); });
$("save").addEventListener("click", () => doing(save));
$("rest").addEventListener("click", rest);
$("undo").addEventListener("click", () => doing(undo));
$("undo-end").addEventListener("click", () => doing(undo));
$("red-free").addEventListener("click", redFree);
$("zoom-in").addEventListener("click", () => active?.zoom(1.4));
$("zoom-out").addEventListener("click", () => active?.zoom(1 / 1.4));
$("fit").addEventListener("click", () => viewers.forEach(viewer => viewer.fit()));
$("task-read").addEventListener("click", () => turn("read"));
$("task-adjudicate").addEventListener("click", () => turn("adjudicate"));
for (const button of document.querySelectorAll("[data-quality]"))
  button.addEventListener("click", () => { if (!state.saved) { grade.quality = button.dataset.quality; drawGrade(); } });

document.addEventListener("keydown", event => {
  if ($("enter").hidden === false || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === $("comment")) {
    if (event.key === "Escape") $("comment").blur();
    return;
  }
  if (event.key.toLowerCase() === "z") { event.preventDefault(); doing(undo); return; }
  if (!state.item) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  const label = digit && state.labels[digit[1] - 1];
  if (label) {
    event.preventDefault();
    set(label, event.shiftKey ? null : grade.labels[label] === 1 ? 0 : 1);
    return;
  }
  const keys = { Enter: () => doing(save), r: redFree, n: rest, q: () => quality(1), c: () => $("comment").focus(), "+": () => active?.zoom(1.4),
    "=": () => active?.zoom(1.4), "-": () => active?.zoom(1 / 1.4), f: () => viewers.forEach(viewer => viewer.fit()) };
  const act = keys[event.key] || keys[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});

if (document.body.dataset.needsToken === "yes") {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) { $("token").value = given; history.replaceState(null, "", location.pathname); }
} else {
  nameLeftOut().catch(error => say(error.message));
}
($("token") && !$("token").value ? $("token") : $("name")).focus();
