// The picture on a card: the file itself where the browser can show it, else the server's; evidence over it on demand.

import { find } from "./cards.js";
import { nameOf } from "./people.js";
import { send } from "./requests.js";
import { zoom } from "./zoom.js";

const LOOK = 128; // pixels in which the retina is looked for
const UNLIT = 20;
const LIT_SHARE = 0.03; // of a row or column
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

// Shows the photograph itself, its black surround left out.
function showWhole(entry) {
  const photo = find(".photo", entry.card);
  photo.src = entry.url || entry.crop;
  const { field } = entry;
  if (!field) return;
  const longest = Math.max(field.width, field.height);
  const [across, down] = [0.5 - field.width / longest / 2 + field.x / longest, 0.5 - field.height / longest / 2 + field.y / longest];
  photo.style.transformOrigin = `${100 * across}% ${100 * down}%`;
  photo.style.transform = `translate(${50 - 100 * across}%, ${50 - 100 * down}%) scale(${longest / field.side})`;
}

async function fetchMap(entry, label, signal) {
  const query = label ? `label=${encodeURIComponent(label)}&` : "";
  const shown = await (await send(`v1/explain?${query}frame=${entry.frame}`, entry.file, signal)).json();
  entry.crop = shown.crop;
  entry.maps.set(shown.label, shown);
}

// Shows the photograph; one that cannot be decoded has none.
export async function showPicture(entry, signal) {
  const { card, row } = entry;
  if (!(await drawable(entry)) && row && row.status !== "failed") {
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
  for (const button of [picture, find(".zoom", card)]) button.addEventListener("click", () => zoom(entry, button));
  if (row?.status === "ok") evidenceControl(entry, signal);
}

function evidenceControl(entry, signal) {
  const { card, row } = entry;
  const button = find(".show-evidence", card);
  const select = find(".evidence-label", card);
  select.append(...row.findings.map(finding => new Option(finding.name, finding.label)));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    if (shown) select.value = entry.decision.labels[0] || row.findings[0].label;
    showEvidence(entry, shown ? select.value : "", signal);
  });
  select.addEventListener("change", () => showEvidence(entry, select.value, signal));
}

// Shows where the evidence for a label lies, or the plain photograph where the label is empty.
export async function showEvidence(entry, label, signal) {
  const { card, row } = entry;
  const [heat, legend, note, button] = [".heat", ".legend", ".note", ".show-evidence"].map(name => find(name, card));
  button.setAttribute("aria-pressed", String(Boolean(label)));
  button.textContent = label ? "Hide evidence" : "Show evidence";
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
    find(".photo", card).src = shown.crop;
    find(".photo", card).style.transform = "";
    heat.src = shown.heat;
    heat.alt = `Evidence for ${name}`;
    heat.hidden = legend.hidden = shown.empty;
    find(".text", legend).textContent = `Evidence for ${name}. ${document.body.dataset.legend}`;
    note.textContent = shown.empty ? `Nothing in this photograph raises the score of ${name}.` : "";
  } catch (error) {
    if (!signal.aborted) note.textContent = `No evidence: ${error.message}`;
  }
}

// Draws what a card shows, evidence included, as a JPEG in a `data:` address; nothing where it shows no picture.
export async function drawn({ card, field, evidence }, side) {
  const sources = [".photo", ".heat"].map(name => find(name, card)).filter(image => image.getAttribute("src") && !image.hidden);
  if (find(".picture", card).hidden || sources.length === 0) return "";
  const [photo] = sources;
  await photo.decode();
  const canvas = document.createElement("canvas");
  const whole = { x: photo.naturalWidth / 2, y: photo.naturalHeight / 2, side: Math.max(photo.naturalWidth, photo.naturalHeight) };
  const shown = evidence || !field ? whole : field;
  canvas.width = canvas.height = Math.min(side, Math.max(1, Math.round(shown.side)));
  for (const image of sources) {
    await image.decode();
    const scale = canvas.width / shown.side * photo.naturalWidth / image.naturalWidth; // maps have fewer pixels
    const corner = canvas.width / 2;
    canvas.getContext("2d").drawImage(image, corner - shown.x * canvas.width / shown.side, corner - shown.y * canvas.width / shown.side,
      image.naturalWidth * scale, image.naturalHeight * scale);
  }
  return canvas.toDataURL("image/jpeg", 0.9);
}
