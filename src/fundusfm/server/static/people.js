// Whose photograph is it, and of which eye? Eyes of two people never stand beside each other.
//
// DICOM headers say both; the server gives every patient a key that leads back to nobody. File names may say the eye,
// and names that are equal apart from it belong together. A click says the eye of a single photograph.

export const EYES = { right: "Right eye", left: "Left eye" };
const WORDS = { left: "left", l: "left", os: "left", le: "left", right: "right", r: "right", od: "right", re: "right" };

// Returns the eye that a path names, and the path without that word; no eye where it names none or both.
export function eyeOfName(path) {
  const plain = path.toLowerCase().replace(/\.[a-z0-9]+$/, "");
  const folder = plain.slice(0, plain.lastIndexOf("/") + 1);
  const parts = plain.slice(folder.length).split(/([^a-z0-9]+|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z]))/).filter(Boolean);
  const found = parts.filter(part => part in WORDS);
  if (new Set(found.map(part => WORDS[part])).size !== 1) return { eye: "", rest: "" };
  return { eye: WORDS[found[0]], rest: `${folder}|${parts.filter(part => !(part in WORDS)).join("")}` };
}

export const eyeOf = entry => entry.row?.eye || entry.clickedEye || entry.named.eye;

// Returns the people, each with the entries that show them, and the entries of nobody in particular.
export function people(entries) {
  const groups = new Map();
  for (const entry of entries) {
    if (!entry.row) continue;
    const key = entry.row.person ? `header ${entry.row.person}` : entry.named.eye ? `name ${entry.named.rest}` : "";
    if (key) groups.set(key, [...(groups.get(key) || []), entry]);
  }
  const known = [...groups].filter(([key, group]) => key.startsWith("header") || group.length > 1);
  const placed = new Set(known.flatMap(([, group]) => group));
  return {
    known: known.map(([key, group], index) => ({ key, number: index + 1, byName: key.startsWith("name"), group })),
    others: entries.filter(entry => !placed.has(entry)),
  };
}

function block(key) {
  const section = document.querySelector("#person").content.cloneNode(true).firstElementChild;
  section.dataset.key = key;
  return section;
}

// Moves only what is out of place, so that nothing loses the focus without need.
function arrange(list, elements) {
  elements.forEach((element, index) => {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  });
}

export function layOut(entries) {
  const { known, others } = people(entries);
  const container = document.querySelector("#people");
  const blocks = new Map([...container.children].map(section => [section.dataset.key, section]));
  const sections = known.map(person => {
    const section = blocks.get(person.key) || block(person.key);
    section.querySelector("h2").textContent = `Person ${person.number}`;
    section.querySelector(".how").hidden = !person.byName;
    for (const side of ["right", "left", ""]) {
      const cards = person.group.filter(entry => eyeOf(entry) === side).map(entry => entry.card);
      const place = section.querySelector(side ? `.${side}` : ".unknown");
      arrange(place.querySelector(".results"), cards);
      place.hidden = side === "" && cards.length === 0;
      place.classList.toggle("empty", cards.length === 0);
    }
    return section;
  });
  arrange(container, sections);
  arrange(document.querySelector("#results"), others.map(entry => entry.card));
  for (const section of [...container.children]) if (!sections.includes(section)) section.remove();
  document.querySelector("#unstated").hidden = sections.length === 0 || others.length === 0;
}
