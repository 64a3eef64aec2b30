// A photograph in its own pixels: enlarged with buttons, keys or the wheel, and moved by dragging.

import { find, make } from "./cards.js";
import { nameOf } from "./people.js";

const STEP = 1.5;
const LARGEST = 16;

const dialog = find("#zoom");
const room = find("#zoom-room");
const image = find("img", room);
let scale = 1;
let opener = null;

const fitting = () => Math.min(room.clientWidth / image.naturalWidth, room.clientHeight / image.naturalHeight);

// Enlarges around the middle of what is seen.
function scaleTo(wanted) {
  const middle = [(room.scrollLeft + room.clientWidth / 2) / (image.width || 1), (room.scrollTop + room.clientHeight / 2) / (image.height || 1)];
  scale = Math.min(LARGEST, Math.max(Math.min(1, fitting()), wanted));
  image.style.width = `${image.naturalWidth * scale}px`;
  image.style.imageRendering = scale > 2 ? "pixelated" : "auto";
  room.scrollTo(middle[0] * image.width - room.clientWidth / 2, middle[1] * image.height - room.clientHeight / 2);
  find("#zoom-scale").textContent = `${Math.round(100 * scale)} %`;
}

const act = {
  in: () => scaleTo(scale * STEP), out: () => scaleTo(scale / STEP), fit: () => scaleTo(fitting()),
  full: () => scaleTo(1), close: () => dialog.close(),
};

// Shows a photograph, or the picture of it with its layers where one is given.
export async function zoom(entry, button, layered) {
  opener = button;
  const said = [find(".line", entry.card).textContent, nameOf(entry)];
  find("#zoom-title").replaceChildren(make("span", said.join(" · ")));
  image.src = layered || entry.url || entry.crop;
  image.alt = find(".photo", entry.card).alt;
  dialog.showModal();
  await image.decode();
  const withLayers = `The field of view with what is chosen on the card, ${image.naturalWidth} pixels; without layers it is the photograph itself.`;
  find("#zoom-note").textContent = layered ? withLayers : entry.url
    ? `The photograph as it was chosen, ${image.naturalWidth} × ${image.naturalHeight} pixels.`
    : `A preview of ${image.naturalWidth} pixels: browsers do not show files of this kind themselves.`;
  scaleTo(fitting());
  room.focus();
}

for (const button of dialog.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => act[button.dataset.zoom]());
dialog.addEventListener("close", () => { image.removeAttribute("src"); opener?.focus(); });
dialog.addEventListener("keydown", event => {
  const wanted = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" }[event.key];
  if (wanted && !event.ctrlKey && !event.metaKey) { act[wanted](); event.preventDefault(); }
});
room.addEventListener("wheel", event => { event.preventDefault(); act[event.deltaY < 0 ? "in" : "out"](); }, { passive: false });
room.addEventListener("pointermove", event => {
  if (event.buttons === 1 && event.pointerType === "mouse") room.scrollBy(-event.movementX, -event.movementY);
});
image.addEventListener("dragstart", event => event.preventDefault());
