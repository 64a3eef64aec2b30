// A card per photograph: its result, its pictures, and which eye it shows.

import { EYES, eyeOf } from "./people.js";
import { send } from "./requests.js";

const COMPUTING = "computing the map …";
export const STATUS = {
  ok: "screened", ungradable: "not gradable", not_fundus: "not a fundus photograph", failed: "could not be read",
};

export const find = (selector, root = document) => root.querySelector(selector);
export const percent = value => (value === null ? "–" : `${(100 * value).toFixed(1)} %`);
export const number = value => (value === null ? "–" : value.toFixed(3));

export function verdict(finding) {
  if (finding.score === null) return "not scored";
  if (finding.decision === null) return "no operating point";
  return finding.decision ? "at or above the operating point" : "below the operating point";
}

// The colour of a finding; what is said is `verdict`, and a label that means healthy is no finding.
const side = finding => (finding.decision === null || finding.healthy ? "" : finding.decision ? "positive" : "negative");

export function makeCard(name, text) {
  const card = find("#card").content.cloneNode(true).firstElementChild;
  find(".name", card).textContent = name;
  find(".chip", card).textContent = text;
  card.classList.add("waiting");
  return card;
}

export function settle(entry, text, kind) {
  entry.card.classList.remove("waiting");
  const chip = find(".chip", entry.card);
  chip.textContent = text;
  if (kind) chip.classList.add(kind);
}

export function refuse(entry, status, reason) {
  Object.assign(entry, { refused: status, reason });
  settle(entry, STATUS[status] || status);
  entry.card.classList.add("refused");
  const line = find(".reason", entry.card);
  line.textContent = reason;
  line.hidden = false;
}

// Says the eye where a header does, else offers both to click; `changed` is called after a click.
export function eyeControl(entry, changed) {
  const { card, row } = entry;
  const box = find(".side", card);
  box.hidden = false;
  if (row?.eye) {
    box.replaceChildren(make("span", EYES[row.eye]));
    return;
  }
  for (const button of box.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      entry.clickedEye = eyeOf(entry) === button.value ? "" : button.value;
      if (entry.clickedEye === "") entry.named = { eye: "", rest: "" };
      showEye(entry);
      changed();
      button.focus();
    });
  }
  showEye(entry);
}

function showEye(entry) {
  for (const button of entry.card.querySelectorAll(".side button")) {
    button.setAttribute("aria-pressed", String(button.value === eyeOf(entry)));
  }
}

export function show(entry, signal) {
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
  for (const finding of others) find(".others tbody", card).append(otherLabel(finding));
  find(".others", card).hidden = others.length === 0;
  find(".card-body", card).hidden = false;
  controls(entry, signal);
  find(".note", card).textContent = COMPUTING;
}

function otherLabel(finding) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  breakable(name, finding.label);
  if (side(finding) === "positive") line.className = "above";
  const cells = [number(finding.score), finding.point ? number(finding.point.threshold) : "–", percent(finding.probability)];
  const result = finding.decision === null ? "–" : finding.decision ? "above" : "below";
  line.append(name, ...cells.map(text => make("td", text, "number")), make("td", result));
  return line;
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

// Shows the map of a label, and keeps it for the report.
export async function explain(entry, label, signal) {
  const { card, file, frame, row } = entry;
  const note = find(".note", card);
  note.textContent = COMPUTING;
  try {
    const path = `v1/explain?label=${encodeURIComponent(label)}&frame=${frame}`;
    const shown = await (await send(path, file, signal)).json();
    entry.crop = shown.crop;
    entry.maps.set(label, shown.heat);
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

export function make(tag, text, kind) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}
