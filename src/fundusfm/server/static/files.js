// What was dropped or chosen, folders included, as a list of files that know their path.

// Its content says what a file is; a name counts where a damaged file has no content that says so.
const NAMES = /\.(jpe?g|jpe|jfif|png|tiff?|bmp|gif|webp|jp2|j2k|jpf|avif|hei[cf]|dcm|dicom|ima)$/i;
const HEAD = 132;
const STARTS = ["\xff\xd8\xff", "\x89PNG", "II*\0", "MM\0*", "II+\0", "MM\0+", "GIF8", "BM", "\0\0\0\x0cjP  ", "\xff\x4f\xff\x51"];
const BRANDS = /^(avif|avis|hei[cfmsx]|hev[cx]|mif1|msf1)$/;

async function isPhotograph({ file }) {
  if (NAMES.test(file.name)) return true;
  const head = String.fromCharCode(...new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  if (head.slice(128) === "DICM" || (head.startsWith("RIFF") && head.slice(8, 12) === "WEBP")) return true;
  return head.slice(4, 8) === "ftyp" ? BRANDS.test(head.slice(8, 12)) : STARTS.some(start => head.startsWith(start));
}

// Leaves out what is no photograph: `{ files, left }` with the paths of the others in `left`.
async function sorted(all) {
  const files = [], left = [];
  for (const found of all) {
    if (await isPhotograph(found)) files.push(found);
    else left.push(found.path);
  }
  return { files, left };
}

const byName = (one, other) => one.localeCompare(other, "en", { numeric: true });
const later = (object, method) => new Promise((done, stop) => object[method](done, stop));

async function* walk(entry) {
  if (entry.isFile) {
    const file = await later(entry, "file");
    yield { file, path: entry.fullPath.replace(/^\//, "") };
    return;
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) { // a reader gives some of the entries at a time
    const some = await later(reader, "readEntries");
    if (some.length === 0) break;
    children.push(...some);
  }
  children.sort((one, other) => byName(one.name, other.name));
  for (const child of children) yield* walk(child);
}

// Reads a drop. Entries must be asked for at once: after the first wait the browser has emptied the list.
export async function dropped(transfer) {
  const entries = [...transfer.items].filter(item => item.kind === "file").map(item => item.webkitGetAsEntry?.());
  if (entries.some(entry => !entry)) return sorted([...transfer.files].map(file => ({ file, path: file.name })));
  const all = [];
  for (const entry of entries) for await (const found of walk(entry)) all.push(found);
  return sorted(all);
}

// Reads what was chosen with a button; files of a chosen folder have a path.
export function chosen(list) {
  const all = [...list].map(file => ({ file, path: file.webkitRelativePath || file.name }));
  if (all.some(({ file }) => file.webkitRelativePath)) all.sort((one, other) => byName(one.path, other.path));
  return sorted(all);
}

async function areSame(one, other) {
  const [left, right] = await Promise.all([one, other].map(async file => new Uint8Array(await file.arrayBuffer())));
  return left.every((byte, place) => byte === right[place]);
}

// Returns the one of `others` that has the very bytes of `file`, if any. Sizes are equal by chance so rarely that
// hashes, which browsers offer on secure addresses only, would save nothing.
export async function sameAs(file, others) {
  for (const other of others) {
    if (other !== file && other.size === file.size && file.size > 0 && (await areSame(file, other))) return other;
  }
  return null;
}
