// The report on one person as PDF: the photographs go to the server once more, with what was said of eyes and person.

import { eyeOf } from "./people.js";
import { post } from "./requests.js";

const LETTER = /^\w+-(US|CA|MX)$/; // where paper is Letter and not A4

// Two files of one name, from two folders, need names that differ.
const sentName = entry => (entry.twin ? entry.path.replaceAll("/", "_") : entry.path.split("/").at(-1));

export async function pdf(person, point, signal) {
  const form = new FormData();
  const eyes = {};
  const sent = new Set();
  for (const entry of person.group.filter(({ failure }) => !failure)) {
    const name = sentName(entry);
    eyes[entry.frame > 1 ? `${name}#${entry.frame}` : name] = eyeOf(entry);
    if (!sent.has(entry.file)) form.append("files", entry.file, name);
    sent.add(entry.file);
  }
  if (sent.size === 0) throw new Error("none of this person's photographs could be sent");
  form.append("person", person.title);
  form.append("eyes", JSON.stringify(eyes));
  const asked = new URLSearchParams({ paper: LETTER.test(navigator.language) ? "Letter" : "A4" });
  if (point) asked.set("operating_point", point);
  return (await post(`v1/report?${asked}`, form, signal, "application/pdf")).blob();
}
