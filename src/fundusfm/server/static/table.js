// The results as a table for a spreadsheet: a line per photograph, in the columns of `fundusfm predict` and some of its own.

import { eyeOf, nameOf } from "./people.js";

// A spreadsheet would run text that begins like this as a formula.
const FORMULA = /^[=+\-@\t\r]/;

const logit = share => {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, share));
  return Math.log(inside / (1 - inside));
};

function cell(value) {
  if (value === null || value === undefined) return "";
  let text = typeof value === "boolean" ? String(Number(value)) : String(value);
  if (typeof value === "string" && FORMULA.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// The cell of a column such as `haemorrhages.count`.
const foundIn = (found, column) => ({ "disc.found": found.disc, "disc.reason": found.disc_reason, "vessels.share": found.vessel_share, "artery_vein.avr": found.avr, "artery_vein.avr_reason": found.avr_reason }[column] ?? found.lesions[column.split(".")[0]]);

export function csv(people, point) {
  const labels = JSON.parse(document.body.dataset.labels);
  const structures = JSON.parse(document.body.dataset.structures) || []; // columns; null where none are looked for
  const segmenter = JSON.parse(document.body.dataset.segmenter) || []; // name and hash
  const fellow = document.body.dataset.bothEyes === "yes";
  const head = ["image", "refer", "why", "uncertain", "status", "reason", "quality",
    ...labels.flatMap(label => ["score", "probability", "decision", "uncertain"].map(what => `${label}.${what}`)),
    ...(fellow ? ["fellow"] : []), ...structures, "model", "weights_sha256", "operating_point", "fundusfm",
    ...(segmenter.length ? ["structures_model", "structures_sha256"] : []), "person", "eye", "verdict"];
  const lines = people.flatMap(person => person.group.map(entry => {
    const { row, decision } = entry;
    if (!row) return [nameOf(entry), decision.refer, "", "", "failed", decision.advice, "", ...labels.flatMap(() => ["", "", "", ""]),
      ...(fellow ? [""] : []), ...structures.map(() => ""), "", "", point.name, "", ...segmenter, person.title, eyeOf(entry), decision.verdict];
    const findings = Object.fromEntries(row.findings.map(finding => [finding.label, finding]));
    const cells = labels.flatMap(label => {
      const { score = null, probability = null } = findings[label] || {};
      const limit = point.limits[label];
      if (score === null || limit === undefined) return [score, probability, null, null];
      return [score, probability, score >= limit, Math.abs(logit(score) - logit(limit)) < document.body.dataset.halfWidth];
    });
    const found = row.structures;
    return [nameOf(entry), decision.refer, decision.why, decision.uncertain, row.status, row.reason, row.quality ?? 0, ...cells,
      ...(fellow ? [row.fellow] : []), ...structures.map(column => found && foundIn(found, column)), row.model, row.sha256, point.name, row.code_version,
      ...segmenter, person.title, eyeOf(entry), decision.verdict];
  }));
  // The mark at the start tells spreadsheets that this is UTF-8.
  return `\ufeff${[head, ...lines].map(line => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
