// The report of what the page has: rows, pictures and eyes as they stand on it. Nothing is sent or scored again.

import { STATUS, make, number, percent, verdict } from "./cards.js";
import { EYES, eyeOf, people } from "./people.js";

const STRENGTH = 0.55; // of a map over its photograph, as in every other report
const SIDE = 768;
const STYLE_HERE = "<!--style-->";

export async function report(entries) {
  // The policy of this page forbids style sheets inside it, so that of the report stays text meanwhile.
  const [before, style, after] = (await (await fetch("report-frame")).text()).split(/(<style>[^]*<\/style>)/);
  const frame = new DOMParser().parseFromString(`${before}${STYLE_HERE}${after}`, "text/html");
  const { known, others } = people(entries);
  const ordered = [
    ...known.flatMap(person => ["right", "left", ""].flatMap(eye => person.group
      .filter(entry => eyeOf(entry) === eye).map(entry => [entry, [`Person ${person.number}`, EYES[eye]]]))),
    ...others.map(entry => [entry, [EYES[eyeOf(entry)]]]),
  ];
  const count = `${ordered.length} photograph${ordered.length === 1 ? "" : "s"}`;
  frame.querySelector(".subtitle").textContent = `${count}, ${new Date().toLocaleString()}`;
  const contents = frame.querySelector("nav ol");
  const about = { link: contents.firstElementChild, section: frame.querySelector("main section") };
  for (const [index, [entry, whose]] of ordered.entries()) {
    const id = `photograph-${index + 1}`;
    const said = whose.filter(Boolean).join(", ");
    const title = said ? `${said}: ${nameOf(entry)}` : nameOf(entry);
    const link = make("a", title);
    link.href = `#${id}`;
    const item = document.createElement("li");
    item.append(link);
    contents.insertBefore(item, about.link);
    about.section.before(await section(entry, id, title));
  }
  return `<!doctype html>\n${frame.documentElement.outerHTML.replace(STYLE_HERE, () => style)}\n`;
}

const nameOf = entry => (entry.row ? entry.row.image : entry.path);

async function section(entry, id, title) {
  const element = document.createElement("section");
  element.setAttribute("aria-labelledby", id);
  const heading = make("h2", title);
  heading.id = id;
  element.append(heading);
  if (entry.row?.status !== "ok") {
    element.append(make("p", `Not scored: ${STATUS[entry.refused] || "not sent"}. ${entry.reason || ""}`));
    return element;
  }
  const [main, ...others] = entry.row.findings;
  element.append(facts(main, entry.row));
  if (entry.crop) element.append(await strip(entry));
  if (others.length) element.append(table(others));
  if (entry.row.reason) element.append(make("p", entry.row.reason));
  return element;
}

function facts(finding, row) {
  const list = document.createElement("dl");
  list.className = "facts";
  const shown = [
    [finding.label, verdict(finding), ""],
    ["score", number(finding.score), finding.point ? `operating point ${number(finding.point.threshold)}` : ""],
    ["calibrated risk", percent(finding.probability), ""],
    ["quality", row.quality === null ? "–" : row.quality.toFixed(2), "0 to 1"],
  ];
  for (const [name, value, detail] of shown) {
    const pair = document.createElement("div");
    const said = make("dd", value);
    if (detail) said.append(make("small", detail));
    pair.append(make("dt", name), said);
    list.append(pair);
  }
  return list;
}

async function strip(entry) {
  const figure = document.createElement("figure");
  figure.className = "strip";
  const pictures = make("div", "", "pictures");
  pictures.append(picture(entry.crop, `${nameOf(entry)}, field of view`, "Field of view"));
  for (const [label, heat] of entry.maps) {
    pictures.append(picture(await blended(entry.crop, heat), `map of ${label}`, `Evidence for ${label} (Grad-CAM)`));
  }
  figure.append(pictures, make("figcaption", "The map shows what raised the score; it does not outline lesions."));
  return figure;
}

function picture(source, alt, caption) {
  const box = document.createElement("div");
  const image = document.createElement("img");
  image.src = source;
  image.alt = alt;
  box.append(image, make("span", caption));
  return box;
}

async function blended(crop, heat) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  for (const [source, alpha] of [[crop, 1], [heat, STRENGTH]]) {
    const image = new Image();
    image.src = source;
    await image.decode();
    context.globalAlpha = alpha;
    context.drawImage(image, 0, 0, SIDE, SIDE);
  }
  return canvas.toDataURL("image/jpeg", 0.9);
}

function table(findings) {
  const box = make("div", "", "table");
  const element = document.createElement("table");
  element.append(make("caption", "Other labels"));
  const head = document.createElement("tr");
  head.append(...["label", "score", "operating point", "calibrated risk", "result"].map((name, index) => {
    const cell = make("th", name, index === 0 ? "" : index < 4 ? "number" : "words");
    cell.scope = "col";
    return cell;
  }));
  const body = document.createElement("tbody");
  for (const finding of findings) {
    const line = document.createElement("tr");
    const name = make("th", finding.label);
    name.scope = "row";
    const point = finding.point ? number(finding.point.threshold) : "–";
    line.append(name, ...[number(finding.score), point, percent(finding.probability)].map(text => make("td", text, "number")),
      make("td", verdict(finding), "words"));
    body.append(line);
  }
  const top = document.createElement("thead");
  top.append(head);
  element.append(top, body);
  box.append(element);
  return box;
}
