// What was dropped or chosen, folders included, as a list of files that know their path.

const IMAGE = /\.(jpe?g|jpe|jfif|png|tiff?|bmp|gif|webp|jp2|avif|heic|dcm|dicom|ima)$/i;

// Files of a folder that are photographs, by name; those without a suffix may be DICOM.
const wanted = name => !name.startsWith(".") && (IMAGE.test(name) || !name.includes("."));

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
  children.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
  for (const child of children) yield* walk(child);
}

// Reads a drop. Entries must be asked for at once: after the first wait the browser has emptied the list.
export async function dropped(transfer) {
  const entries = [...transfer.items].filter(item => item.kind === "file").map(item => item.webkitGetAsEntry?.());
  if (entries.some(entry => !entry)) return { files: [...transfer.files].map(file => ({ file, path: file.name })), left: 0 };
  const files = [];
  let left = 0;
  for (const entry of entries) {
    for await (const found of walk(entry)) {
      if (entry.isFile || wanted(found.file.name)) files.push(found);
      else left += 1;
    }
  }
  return { files, left };
}

// Reads what was chosen with a button; files of a chosen folder have a path.
export function chosen(list) {
  const all = [...list].map(file => ({ file, path: file.webkitRelativePath || file.name }));
  if (all.some(({ file }) => file.webkitRelativePath)) all.sort((one, other) => one.path.localeCompare(other.path, "en", { numeric: true }));
  const files = all.filter(({ file }) => !file.webkitRelativePath || wanted(file.name));
  return { files, left: all.length - files.length };
}
