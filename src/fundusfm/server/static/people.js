// Whose photograph is it, of which eye, and what is to be done about the person?
//
// DICOM headers say both; the server gives every patient a key that leads back to nobody. File names may say the eye,
// and names that are equal apart from it belong together. Whatever is still open, a click says.

export const EYES = { right: "Right eye", left: "Left eye" };
const WORST_FIRST = ["refer", "unsure", "again", "other", "none"];
// One photograph of an eye that could be judged is enough, so those that could not come last here.
const OF_EYE = ["refer", "unsure", "none", "again", "other"];
export const OUTCOME = { refer: "Refer", unsure: "Have it read", again: "Take again", other: "Not judged", none: "No sign found" };

// How a decision looks: the classes of the style sheet.
export function kindOf(decision) {
  if (decision.uncertain) return "unsure";
  return { yes: "refer", no: "none", take_again: "again" }[decision.refer] || "other";
}

export function eyeOf(entry) {
  if (!entry.row || entry.row.eye_from === "header") return entry.row?.eye || "";
  return entry.clickedEye ?? entry.row.eye;
}

const folderOf = path => path.slice(0, path.lastIndexOf("/") + 1);

function keyOf(entry, byFolder) {
  const { row, path } = entry;
  if (entry.joined) return keyOf(entry.joined, byFolder);
  if (row?.person) return `header ${row.person}`;
  if (byFolder && folderOf(path)) return `folder ${folderOf(path)}`;
  // Whoever takes back the eye of a name says that the name is not to be believed.
  if (row?.eye_from === "name" && entry.clickedEye !== "") return `name ${folderOf(path)}|${row.pair.toLowerCase()}`;
  return `one ${entry.id}`;
}

function titleOf(key, group, number) {
  const [first] = group;
  if (key.startsWith("header")) return `Person ${number}`;
  if (key.startsWith("one")) return first.row?.image || first.path;
  const folder = folderOf(first.path).split("/").at(-2) || "";
  if (key.startsWith("folder")) return folder;
  return first.row.pair.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || folder || `Person ${number}`;
}

function howOf(key, group) {
  if (group.some(entry => entry.joined)) return "Put together by hand.";
  if (key.startsWith("folder")) return "Together because they are in one folder.";
  if (key.startsWith("name") && group.length > 1) return "Together because their names differ only in the eye.";
  return key.startsWith("one") ? "The file does not say whose photograph it is." : "";
}

const worst = (kinds, order) => order.find(kind => kinds.includes(kind));

// What follows the colon of a verdict; a verdict without one says nothing more than the outcome, or all of it.
function whyOf({ refer, verdict }) {
  const why = verdict.replace(/; have it read$/, "").split(": ")[1];
  return why || (refer === "no" ? "" : verdict);
}

// What is to be done about a person, for the worse eye: `{ kind, text, detail }`.
function outcomeOf(group) {
  const sides = { right: [], left: [] };
  const kinds = {};
  for (const entry of group) (sides[eyeOf(entry)] ||= []).push(kindOf(entry.decision));
  for (const side of ["right", "left"]) if (sides[side].length) kinds[side] = worst(sides[side], OF_EYE);
  const open = sides[""] || [];
  const kind = worst([...Object.values(kinds), ...open], WORST_FIRST);
  const named = Object.keys(kinds).filter(side => kinds[side] === kind);
  const missing = open.length ? [] : ["right", "left"].filter(side => !kinds[side]);
  let text = OUTCOME[kind];
  if (kind === "none") {
    if (named.length === 2) text += " in either eye";
    if (missing.length === 1) text += `; no photograph of the ${missing[0]} eye`;
  } else if (named.length) text += `: ${named.length === 2 ? "both eyes" : `${named[0]} eye`}`;
  const decisive = group.filter(entry => kindOf(entry.decision) === kind && (!kinds[eyeOf(entry)] || kinds[eyeOf(entry)] === kind));
  // Once where both eyes have the same.
  const detail = [...new Set(decisive.map(entry => whyOf(entry.decision)))].filter(Boolean).join("; ");
  return { kind, text, detail };
}

// Returns the people, worst first, each with the entries that show them.
export function people(entries, byFolder) {
  const groups = new Map();
  for (const entry of entries) {
    if (!entry.decision) continue;
    const key = keyOf(entry, byFolder);
    groups.set(key, [...(groups.get(key) || []), entry]);
  }
  let number = 0;
  const found = [...groups].map(([key, group]) => {
    if (!key.startsWith("one")) number += 1;
    const order = entry => OF_EYE.indexOf(kindOf(entry.decision));
    const sorted = [...group].sort((one, other) => order(one) - order(other));
    return { key, group: sorted, title: titleOf(key, group, number), how: howOf(key, group), ...outcomeOf(group) };
  });
  return found.sort((one, other) => WORST_FIRST.indexOf(one.kind) - WORST_FIRST.indexOf(other.kind));
}

// Moves only what is out of place, so that nothing loses the focus without need.
function arrange(list, elements) {
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  });
}

function makeBlock(key) {
  const block = document.querySelector("#person").content.cloneNode(true).firstElementChild;
  block.dataset.key = key;
  return block;
}

// Puts the cards into blocks, and returns the people.
export function layOut(entries, byFolder, origin) {
  const found = people(entries, byFolder);
  const container = document.querySelector("#people");
  const before = new Map([...container.children].map(block => [block.dataset.key, block]));
  const blocks = found.map(person => {
    const block = before.get(person.key) || makeBlock(person.key);
    block.className = `person ${person.kind}`;
    block.querySelector(".whose").textContent = person.title;
    block.querySelector(".said").textContent = person.text;
    const how = block.querySelector(".how");
    how.textContent = person.how;
    how.hidden = !person.how;
    block.querySelector(".origin").textContent = origin;
    const open = person.group.some(entry => !eyeOf(entry));
    for (const side of ["right", "left", "unknown"]) {
      const cards = person.group.filter(entry => (eyeOf(entry) || "unknown") === side).map(entry => entry.card);
      const place = block.querySelector(`.eye.${side}`);
      arrange(place.querySelector(".photos"), cards);
      place.hidden = cards.length === 0 && (open || side === "unknown");
      place.classList.toggle("empty", cards.length === 0);
    }
    person.block = block;
    return block;
  });
  arrange(container, blocks);
  for (const block of [...container.children]) if (!blocks.includes(block)) block.remove();
  return found;
}
