// A card per photograph: the verdict, the picture, and what is behind them.

import { EYES, eyeOf, kindOf, nameOf } from "./people.js";

export const find = (selector, root = document) => root.querySelector(selector);

export function make(tag, text, kind) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

// A score or limit; neither 0 nor 1, which would sound certain.
export const number = value => (value > 0.999 ? "> 0.999" : value < 0.001 ? "< 0.001" : value.toFixed(3));
const percent = value => (value > 0.99 ? "> 99 %" : value < 0.01 ? "< 1 %" : `${Math.round(100 * value)} %`);

const QUALITY = [[0.7, "good"], [0.5, "fair"], [0.2, "poor"], [0, "not enough to judge"]];
const qualityOf = value => QUALITY.find(([least]) => value >= least)[1];

export function makeCard(name) {
  const card = find("#card").content.cloneNode(true).firstElementChild;
  find(".name", card).textContent = name;
  find(".line", card).textContent = "Waiting";
  card.className = "card waiting";
  return card;
}

function say(card, selector, text) {
  find(selector, card).textContent = text;
  find(selector, card).hidden = !text;
}

// Shows what is to be done about a photograph, at the operating point `point`: `{ name, limits }`.
export function fill(entry, point) {
  const { card, row } = entry;
  entry.decision = row ? row.decisions[point.name] || row : entry.failure;
  const { decision } = entry;
  card.className = `card ${kindOf(decision)}`;
  find(".line", card).textContent = decision.verdict;
  say(card, ".advice", decision.advice);
  // Reasons of a refusal are the advice in other words, unless the file itself is at fault.
  const doubt = row?.eye_doubt ? `The eye is in doubt: ${row.eye_doubt}.` : "";
  say(card, ".reason", [row && row.status !== "ungradable" ? row.reason : "", doubt].filter(Boolean).join(" "));
  if (row?.quality != null && row.status !== "failed") {
    find(".quality", card).textContent = qualityOf(row.quality);
    find(".quality-line", card).hidden = false;
  }
  if (row?.status === "ok") fillLabels(entry, point);
}

function fillLabels({ card, row, decision }, point) {
  const rows = row.findings.map(finding => {
    const limit = point.limits[finding.label];
    const decides = limit !== undefined && !finding.healthy;
    const passed = document.body.dataset.task === "multiclass" ? decision.labels.includes(finding.label) : decides && finding.score >= limit;
    return { finding, limit, decides, passed };
  });
  rows.sort((one, other) => one.finding.healthy - other.finding.healthy || other.passed - one.passed);
  find(".labels-of tbody", card).replaceChildren(...rows.map(({ finding, limit, decides, passed }) => {
    const line = document.createElement("tr");
    const name = make("th", finding.name);
    name.scope = "row";
    if (passed) line.className = "above";
    const said = passed ? "found" : decides ? "below" : "–";
    line.append(name, make("td", number(finding.score), "number"), make("td", limit === undefined ? "–" : number(limit), "number"), make("td", said));
    return line;
  }));
  find(".labels-of", card).hidden = false;
  const main = row.findings.find(finding => finding.label === decision.labels[0]) || row.findings[0];
  // Beside a "no" it would read as a contradiction: 60 % where more than half of the photographs show something.
  say(card, ".calibrated", main.prevalence === null || decision.refer === "no" ? "" : `Probability of ${main.name}: ${percent(main.probability)}, `
    + `if ${percent(main.prevalence)} of all photographs show it as where the model was calibrated. Where disease is rarer it is lower.`);
}

// Says the eye where a header does, else offers both to click; `changed` is called after a click.
export function eyeControl(entry, changed) {
  const { card, row } = entry;
  const box = find(".side", card);
  box.hidden = row?.eye_from === "header";
  find(".belongs", card).open = !eyeOf(entry);
  for (const button of box.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      entry.clickedEye = eyeOf(entry) === button.value ? "" : button.value;
      changed();
      button.focus();
    });
  }
}

// Offers the other people to put a photograph with, unless a header says whose it is.
export function whoseControl(entry, found, changed) {
  const select = find(".whose-photo", entry.card);
  const others = found.filter(person => !person.group.includes(entry));
  const hidden = find(".whose-line", entry.card).hidden = Boolean(entry.row?.person) || (others.length === 0 && !entry.joined);
  find(".belongs", entry.card).hidden = hidden && find(".side", entry.card).hidden;
  select.replaceChildren(new Option(entry.joined ? "nobody else here" : "–", "-"), ...others.map(person => new Option(person.title, person.key)));
  if (entry.joined) select.prepend(new Option("chosen", "", true, true));
  select.onchange = () => {
    const [other] = others.find(person => person.key === select.value)?.group || [];
    // Through the one that stays: nobody belongs to somebody who belongs to them.
    entry.joined = other && (other.joined || other);
    changed();
  };
}

export function showNameAndEye(entry) {
  find(".name", entry.card).textContent = nameOf(entry);
  for (const button of entry.card.querySelectorAll(".side button")) {
    button.setAttribute("aria-pressed", String(button.value === eyeOf(entry)));
  }
  find(".photo", entry.card).alt = `${EYES[eyeOf(entry)] || "Photograph"}, ${nameOf(entry)}`;
}
