// The report: the blocks of the page as they stand, in a file of their own. Nothing is sent or scored again.

import { drawn } from "./pictures.js";

const SIDE = 900; // pixels of a picture's longer side
const PLACE = "<!--people-->";
const LIST = "<!--list-->";
const SUBTITLE = /(<p class="subtitle">)(<\/p>)/;
const STEPS = [100, 75, 50, 25]; // percent, as in the style sheet
const ON_THE_PAGE = ".actions, .which, .belongs, .note, [hidden]";

export async function report(people, entries) {
  const frame = await (await fetch("report-frame")).text();
  const blocks = [];
  for (const { block } of people) blocks.push((await copied(block, entries)).outerHTML);
  const photographs = entries.length === 1 ? "1 photograph" : `${entries.length} photographs`;
  return frame.replace(LIST, listed).replace(PLACE, () => blocks.join("\n")).replace(SUBTITLE, `$1${photographs}, ${new Date().toLocaleString()}$2`);
}

// The sheet before the blocks: how many need what, who, and what was left out.
function listed() {
  const list = document.querySelector("#worklist").cloneNode(true);
  list.removeAttribute("id");
  for (const link of list.querySelectorAll("a")) {
    const line = document.createElement("span");
    line.className = link.className;
    line.append(...link.childNodes);
    link.replaceWith(line);
  }
  const summary = document.querySelector("#summary").cloneNode(true);
  for (const name of ["id", "role", "aria-live"]) summary.removeAttribute(name);
  const remarks = document.querySelector("#remarks").cloneNode(true);
  remarks.removeAttribute("id");
  return [remarks, summary, list].map(element => element.outerHTML).join("\n");
}

// Layers stay layers: they are switched by the style sheet, and a choice of steps stands for the slider.
function keepLayers(card, copy) {
  const stack = document.createElement("div");
  stack.className = "stack";
  stack.append(...[...copy.querySelector(".picture").children].filter(image => image.getAttribute("src") && !image.hidden));
  copy.querySelector(".picture").replaceWith(stack);
  if (!stack.querySelector(".evidence")) copy.querySelector(".switch.evidence").remove();
  const boxes = [...card.querySelectorAll(".layers input[type=checkbox]")];
  for (const box of copy.querySelectorAll(".layers input[type=checkbox]")) {
    box.toggleAttribute("checked", boxes.find(one => one.className === box.className).checked);
  }
  const steps = document.createElement("select");
  steps.className = "opacity";
  steps.append(...STEPS.map(step => new Option(`${step} %`, String(step))));
  copy.querySelector(".opacity").replaceWith(steps);
  copy.removeAttribute("style");
}

async function copied(block, entries) {
  const copy = block.cloneNode(true);
  const cards = copy.querySelectorAll(".card");
  for (const [index, card] of [...block.querySelectorAll(".card")].entries()) {
    const picture = cards[index].querySelector(".picture");
    cards[index].querySelector(".labels-of").open = true;
    if (card.querySelector(".layer:is(.lesions, .vessels, .disc)[src]")) {
      keepLayers(card, cards[index]);
      continue;
    }
    cards[index].querySelector(".layers").remove();
    const source = await drawn(entries.find(entry => entry.card === card), SIDE);
    const image = document.createElement("img");
    image.className = "photo";
    image.alt = card.querySelector(".photo").alt;
    image.src = source;
    if (source) picture.replaceWith(image);
    else picture.remove();
  }
  for (const element of copy.querySelectorAll(ON_THE_PAGE)) element.remove();
  for (const element of copy.querySelectorAll("[tabindex]")) element.removeAttribute("tabindex");
  return copy;
}
