// The picture on a card: the file itself where the browser can show it, else the server's; layers and evidence over it.

import { find, make } from "./cards.js";
import { nameOf } from "./people.js";
import { send } from "./requests.js";
import { zoom } from "./zoom.js";

const LOOK = 128; // pixels in which the retina is looked for
const UNLIT = 20;
const LIT_SHARE = 0.03; // of a row or column
const LARGEST = 2048; // pixels of a picture with its layers
const LEAST_SHARE = 0.3; // of the picture: smaller is no retina

// What browsers draw themselves; of a file with several photographs they would draw the first only.
async function drawable(entry) {
  if (entry.frames > 1) return false;
  entry.url ||= URL.createObjectURL(entry.file);
  const image = new Image();
  image.src = entry.url;
  try {
    await image.decode();
    const field = fieldOf(image);
    entry.field = field && { ...field, width: image.naturalWidth, height: image.naturalHeight };
    return true;
  } catch {
    URL.revokeObjectURL(entry.url);
    entry.url = "";
    return false;
  }
}

// Where the retina lies in a photograph with a black surround: a square in its pixels, or nothing where it fills it.
function fieldOf(image) {
  const scale = Math.min(1, LOOK / Math.max(image.naturalWidth, image.naturalHeight));
  const width = Math.max(1, Math.round(image.naturalWidth * scale)), height = Math.max(1, Math.round(image.naturalHeight * scale));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const columns = new Array(width).fill(0), rows = new Array(height).fill(0);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (Math.max(data[4 * (y * width + x)], data[4 * (y * width + x) + 1]) > UNLIT) { columns[x] += 1; rows[y] += 1; }
    }
  }
  const ends = (counts, least) => [counts.findIndex(count => count > least), counts.findLastIndex(count => count > least) + 1];
  const [left, right] = ends(columns, LIT_SHARE * height), [top, bottom] = ends(rows, LIT_SHARE * width);
  const side = Math.max(right - left, bottom - top);
  if (left < 0 || top < 0 || side < LEAST_SHARE * Math.max(width, height)) return null;
  return { x: (left + right) / 2 / scale, y: (top + bottom) / 2 / scale, side: side / scale };
}

// Shows the photograph itself, its black surround left out; or the crop that layers lie on.
function showWhole(entry) {
  const photo = find(".photo", entry.card);
  if (layersOf(entry).length) {
    showCrop(entry, entry.row.structures.crop);
    return;
  }
  photo.src = entry.url || entry.crop;
  const { field } = entry;
  if (!field) return;
  const longest = Math.max(field.width, field.height);
  const [across, down] = [0.5 - field.width / longest / 2 + field.x / longest, 0.5 - field.height / longest / 2 + field.y / longest];
  photo.style.transformOrigin = `${100 * across}% ${100 * down}%`;
  photo.style.transform = `translate(${50 - 100 * across}%, ${50 - 100 * down}%) scale(${longest / field.side})`;
}

function showCrop(entry, source) {
  const photo = find(".photo", entry.card);
  photo.src = source;
  photo.style.transform = "";
}

const layersOf = ({ row }) => row?.structures?.layers || [];

// What lies over the photograph as it is shown now.
const visible = image => Boolean(image.getAttribute("src")) && getComputedStyle(image).display !== "none";
const layered = ({ card }) => [...card.querySelectorAll(".layer")].some(visible);

async function fetchMap(entry, label, signal) {
  const query = label ? `label=${encodeURIComponent(label)}&` : "";
  const shown = await (await send(`v1/explain?${query}frame=${entry.frame}`, entry.file, signal)).json();
  entry.crop ||= shown.crop;
  entry.maps.set(shown.label, shown);
}

// Shows the photograph; one that cannot be decoded has none.
export async function showPicture(entry, signal) {
  const { card, row } = entry;
  entry.crop = row?.structures?.crop || "";
  if (!(await drawable(entry)) && !entry.crop && row && row.status !== "failed") {
    try {
      await fetchMap(entry, "", signal);
    } catch (error) {
      if (!signal.aborted) find(".note", card).textContent = `No picture: ${error.message}`;
    }
  }
  if (!entry.url && !entry.crop) return;
  showWhole(entry);
  const picture = find(".picture", card);
  picture.hidden = find(".zoom", card).hidden = false;
  picture.setAttribute("aria-label", `Enlarge ${nameOf(entry)}`);
  const enlarge = async button => zoom(entry, button, layered(entry) ? await drawn(entry, LARGEST) : "");
  for (const button of [picture, find(".zoom", card)]) button.addEventListener("click", () => enlarge(button));
  if (row?.status !== "ok") return;
  find(".layers", card).hidden = false;
  for (const layer of layersOf(entry)) fillLayer(card, layer);
  find(".opacity", card).addEventListener("input", event => card.style.setProperty("--opacity", event.target.value / 100));
  evidenceControl(entry, signal);
}

// A check box shows and hides a layer by the style sheet alone.
function fillLayer(card, layer) {
  const image = find(`.layer.${layer.name}`, card);
  image.src = layer.picture;
  image.hidden = find(`.switch.${layer.name}`, card).hidden = false;
  find(`.switch.${layer.name} .parts`, card).replaceChildren(...layer.parts.map(part => {
    const line = make("li", "");
    line.append(make("span", "", `swatch ${part.mask}`), part.name);
    if (part.count !== null) line.append(" ", make("b", String(part.count)));
    return line;
  }));
  const note = find(`.switch.${layer.name} .measured-of`, card);
  note.textContent = layer.note;
  note.hidden = !layer.note;
}

function evidenceControl(entry, signal) {
  const { card, row } = entry;
  const box = find(".show-evidence", card);
  const select = find(".evidence-label", card);
  select.append(...row.findings.map(finding => new Option(finding.name, finding.label)));
  find(".switch.evidence", card).hidden = false;
  box.addEventListener("change", () => {
    if (box.checked) select.value = entry.decision.labels[0] || row.findings[0].label;
    showEvidence(entry, box.checked ? select.value : "", signal);
  });
  select.addEventListener("change", () => showEvidence(entry, select.value, signal));
}

// Shows where the evidence for a label lies, or the plain photograph where the label is empty.
export async function showEvidence(entry, label, signal) {
  const { card, row } = entry;
  const [heat, legend, note] = [".heat", ".legend", ".note"].map(name => find(name, card));
  find(".which", card).hidden = !label;
  heat.hidden = legend.hidden = true;
  note.textContent = "";
  entry.evidence = label;
  if (!label) {
    showWhole(entry);
    return;
  }
  const { name } = row.findings.find(finding => finding.label === label);
  try {
    note.textContent = entry.maps.has(label) ? "" : "Looking for the evidence …";
    if (!entry.maps.has(label)) await fetchMap(entry, label, signal);
    if (entry.evidence !== label) return;
    const shown = entry.maps.get(label);
    showCrop(entry, row.structures?.crop || shown.crop);
    heat.src = shown.heat;
    heat.alt = `Evidence for ${name}`;
    heat.hidden = legend.hidden = shown.empty;
    find(".text", legend).textContent = `Evidence for ${name}. ${document.body.dataset.legend}`;
    note.textContent = shown.empty ? `Nothing in this photograph raises the score of ${name}.` : "";
  } catch (error) {
    if (!signal.aborted) note.textContent = `No evidence: ${error.message}`;
  }
}

// Draws what a card shows, layers included, as a JPEG in a `data:` address; nothing where it shows no picture.
export async function drawn(entry, side) {
  const { card, field, evidence } = entry;
  const sources = [".photo", ".layer"].flatMap(name => [...card.querySelectorAll(name)]).filter(visible);
  if (find(".picture", card).hidden || sources.length === 0) return "";
  const [photo] = sources;
  await photo.decode();
  const canvas = document.createElement("canvas");
  const whole = { x: photo.naturalWidth / 2, y: photo.naturalHeight / 2, side: Math.max(photo.naturalWidth, photo.naturalHeight) };
  const shown = evidence || layersOf(entry).length || !field ? whole : field;
  canvas.width = canvas.height = Math.min(side, Math.max(1, Math.round(shown.side)));
  const context = canvas.getContext("2d");
  for (const image of sources) {
    await image.decode();
    const scale = canvas.width / shown.side * photo.naturalWidth / image.naturalWidth; // maps have fewer pixels
    const corner = canvas.width / 2;
    context.globalAlpha = Number(getComputedStyle(image).opacity);
    context.drawImage(image, corner - shown.x * canvas.width / shown.side, corner - shown.y * canvas.width / shown.side,
      image.naturalWidth * scale, image.naturalHeight * scale);
  }
  return canvas.toDataURL("image/jpeg", 0.9);
}
