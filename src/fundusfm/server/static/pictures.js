// The picture on a card: the file itself where the browser can show it, else the server's; evidence over it on demand.

import { find } from "./cards.js";
import { send } from "./requests.js";
import { zoom } from "./zoom.js";

// What browsers draw themselves; of a file with several photographs they would draw the first only.
async function drawable(entry) {
  if (entry.frames > 1) return false;
  entry.url ||= URL.createObjectURL(entry.file);
  const image = new Image();
  image.src = entry.url;
  try {
    await image.decode();
    return image.naturalWidth > 0;
  } catch {
    URL.revokeObjectURL(entry.url);
    entry.url = "";
    return false;
  }
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
  find(".photo", card).src = entry.url || entry.crop;
  const picture = find(".picture", card);
  picture.hidden = find(".zoom", card).hidden = false;
  picture.setAttribute("aria-label", `Enlarge ${row?.image || entry.path}`);
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
    find(".photo", card).src = entry.url || entry.crop;
    return;
  }
  const { name } = row.findings.find(finding => finding.label === label);
  try {
    note.textContent = entry.maps.has(label) ? "" : "Looking for the evidence …";
    if (!entry.maps.has(label)) await fetchMap(entry, label, signal);
    if (entry.evidence !== label) return;
    const shown = entry.maps.get(label);
    find(".photo", card).src = shown.crop;
    heat.src = shown.heat;
    heat.alt = `Evidence for ${name}`;
    heat.hidden = legend.hidden = shown.empty;
    find(".text", legend).textContent = `Evidence for ${name}. ${document.body.dataset.legend}`;
    note.textContent = shown.empty ? `Nothing in this photograph raises the score of ${name}.` : "";
  } catch (error) {
    if (!signal.aborted) note.textContent = `No evidence: ${error.message}`;
  }
}

// Draws what the card shows, evidence included, as a JPEG in a `data:` address; nothing where it shows no picture.
export async function drawn(card, side) {
  const sources = [".photo", ".heat"].map(name => find(name, card)).filter(image => image.getAttribute("src") && !image.hidden);
  if (find(".picture", card).hidden || sources.length === 0) return "";
  const [photo] = sources;
  await photo.decode();
  const scale = Math.min(1, side / Math.max(photo.naturalWidth, photo.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(photo.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(photo.naturalHeight * scale));
  for (const image of sources) {
    await image.decode();
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  }
  return canvas.toDataURL("image/jpeg", 0.9);
}
