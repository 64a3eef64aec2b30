// One photograph behind glass: it is moved by dragging, and enlarged by wheel, keys or two fingers.

const MOST = 12;

export class Viewer {
  constructor(glass) {
    this.glass = glass;
    this.image = glass.querySelector("img");
    this.fingers = new Map();
    glass.addEventListener("wheel", event => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
    }, { passive: false });
    glass.addEventListener("pointerdown", event => {
      glass.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    glass.addEventListener("pointermove", event => this.moved(event));
    for (const name of ["pointerup", "pointercancel"])
      glass.addEventListener(name, event => this.fingers.delete(event.pointerId));
    glass.addEventListener("dblclick", () => this.fit());
    this.fit();
  }

  fit() {
    this.scale = 1; this.x = 0; this.y = 0;
    this.draw();
  }

  moved(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = point => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      this.zoom(apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else {
      this.x += now.x - before.x; this.y += now.y - before.y;
      this.draw();
    }
    this.fingers.set(event.pointerId, now);
  }

  // Keeps the point under the pointer where it is; without a pointer the middle.
  zoom(factor, clientX, clientY) {
    const box = this.glass.getBoundingClientRect();
    const scale = Math.min(MOST, Math.max(1, this.scale * factor));
    const dx = (clientX ?? box.left + box.width / 2) - box.left - box.width / 2;
    const dy = (clientY ?? box.top + box.height / 2) - box.top - box.height / 2;
    this.x = dx - (dx - this.x) * scale / this.scale;
    this.y = dy - (dy - this.y) * scale / this.scale;
    this.scale = scale;
    this.draw();
  }

  draw() {
    const room = size => size * (this.scale - 1) / 2;
    const inside = (value, most) => Math.max(-most, Math.min(most, value));
    this.x = inside(this.x, room(this.glass.clientWidth));
    this.y = inside(this.y, room(this.glass.clientHeight));
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
  }
}
