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

// What a photograph is called: its file's name, with the folder where another file has the same name.
export const nameOf = entry => (entry.twin ? folderOf(entry.path) : "") + (entry.row?.image || entry.path.split("/").at(-1));

function findTwins(entries) {
  const paths = new Map();
  for (const { path } of entries) {
    const name = path.split("/").at(-1);
    paths.set(name, (paths.get(name) || new Set()).add(path));
  }
  for (const entry of entries) entry.twin = paths.get(entry.path.split("/").at(-1)).size > 1;
}

function keyOf(entry, byFolder) {
  const { row, path } = entry;
  if (entry.joined) return keyOf(entry.joined, byFolder);
  if (row?.person) return `header ${row.person}`;
  if (byFolder && folderOf(path)) return `folder ${folderOf(path)}`;
  // Whoever takes back the eye of a name says that the name is not to be believed.
  if (row?.eye_from === "name" && entry.clickedEye !== "") return `name ${folderOf(path)}|${row.pair.toLowerCase()}`;
  return `one ${entry.whole ?? entry.id}`;
}

// Numbers stay with people, whoever is put together later.
const numbers = new Map();

function numberOf(key) {
  if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
  return numbers.get(key);
}

const shortest = texts => texts.filter(Boolean).sort((one, other) => one.length - other.length)[0];

// What the person was called before others were put to them; else what a name of theirs says.
function titleOf(key, group) {
  if (key.startsWith("header")) return `Person ${numberOf(key)}`;
  const own = group.filter(entry => !entry.joined);
  const [first] = own.length ? own : group;
  const folder = folderOf(first.path).split("/").at(-2) || "";
  if (key.startsWith("folder")) return folder;
  if (key.startsWith("one") && group.length === 1) return nameOf(first);
  const named = shortest(own.map(entry => entry.row?.pair)) || shortest(group.map(entry => entry.row?.pair));
  if (named) return named;
  return key.startsWith("one") ? nameOf(first) : folder || `Person ${numberOf(key)}`;
}

function howOf(key, group) {
  if (group.some(entry => entry.joined)) return "Put together by hand.";
  if (key.startsWith("folder")) return "Together because they are in one folder.";
  if (key.startsWith("name") && group.length > 1) return "Together because their names differ only in the eye, or in what follows it.";
  return key.startsWith("one") ? "The file does not say whose photograph it is." : "";
}

const worst = (kinds, order) => order.find(kind => kinds.includes(kind));

// What follows the colon of a verdict; one without a colon says it all.
const whyOf = ({ verdict }) => verdict.replace(/; have it read$/, "").replace(/^[^:]*: /, "");

// What is to be done where a file is there and no photograph comes out of it.
const COPY_AGAIN = "Copy the file again";

// One thing that is to be done, and for which eyes, of which `group` has the photographs.
function said(kind, eyes, alone, group) {
  const unseen = group.filter(entry => eyes.includes(eyeOf(entry)) && kindOf(entry.decision) === "other");
  const todo = kind === "other" && unseen.every(entry => entry.decision.verdict.startsWith(COPY_AGAIN)) ? COPY_AGAIN : OUTCOME[kind];
  const both = eyes.includes("right") && eyes.includes("left");
  if (kind === "none") return OUTCOME[kind] + (both && !eyes.includes("") ? " in either eye" : "");
  if (alone) return todo;
  const named = both ? ["both eyes"] : eyes.filter(Boolean).map(eye => `${eye} eye`);
  return `${todo}: ${[...named, ...(eyes.includes("") ? ["eye not stated"] : [])].join(" and ")}`;
}

// What is to be done about a person, worst first, and why, eye by eye: `{ kind, kinds, text, detail }`. An eye without
// a sign is passed over if another has one. Where it is the only eye, the person is not decided on.
function outcomeOf(group) {
  const eyes = {};
  for (const eye of ["right", "left", ""]) {
    const kinds = group.filter(entry => eyeOf(entry) === eye).map(entry => kindOf(entry.decision));
    // Photographs of no stated eye may be of either, so each of them counts.
    if (kinds.length) eyes[eye] = eye ? [worst(kinds, OF_EYE)] : kinds;
  }
  const found = Object.keys(eyes);
  const all = WORST_FIRST.filter(kind => found.some(eye => eyes[eye].includes(kind)));
  let kinds = all.length > 1 ? all.filter(kind => kind !== "none") : all;
  const alone = found.length === 1 && found[0] === "";
  let parts = kinds.map(kind => said(kind, found.filter(eye => eyes[eye].includes(kind)), alone, group));
  const missing = ["right", "left"].filter(eye => !eyes[eye]);
  if (missing.length === 1 && !eyes[""]) {
    const absent = `no photograph of the ${missing[0]} eye`;
    if (kinds[0] === "none") {
      kinds = ["other"];
      parts = [`Not decided: ${absent}`, `${OUTCOME.none} in the ${found[0]} eye`];
    } else parts.push(absent);
  } else if (kinds[0] === "none" && group.length === 1) {
    kinds = ["other"];
    parts = ["Not decided: no photograph of the other eye", `${OUTCOME.none} in this one`];
  }
  const text = parts.map((part, place) => (place ? part[0].toLowerCase() + part.slice(1) : part)).join("; ");
  const reasons = found.flatMap(eye => {
    const decisive = group.filter(entry => eyeOf(entry) === eye && eyes[eye].includes(kindOf(entry.decision)) && kindOf(entry.decision) !== "none");
    return [...new Set(decisive.map(entry => whyOf(entry.decision)))].map(why => (eye ? `${eye} eye: ${why}` : alone ? why : `eye not stated: ${why}`));
  });
  return { kind: kinds[0], kinds, text, detail: reasons.join("; ") };
}

// Returns the people, worst first, each with the entries that show them.
export function people(entries, byFolder) {
  const groups = new Map();
  if (entries.length === 0) numbers.clear();
  findTwins(entries);
  for (const entry of entries) {
    if (!entry.decision) continue;
    const key = keyOf(entry, byFolder);
    groups.set(key, [...(groups.get(key) || []), entry]);
  }
  const found = [...groups].map(([key, group]) => {
    const order = entry => OF_EYE.indexOf(kindOf(entry.decision));
    const sorted = [...group].sort((one, other) => order(one) - order(other));
    return { key, group: sorted, title: titleOf(key, group), how: howOf(key, group), ...outcomeOf(group) };
  });
  const titles = found.map(person => person.title);
  for (const person of found) {
    const folder = folderOf(person.group[0].path);
    if (titles.filter(title => title === person.title).length > 1 && !person.title.startsWith(folder)) person.title = folder + person.title;
  }
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
