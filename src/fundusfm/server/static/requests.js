// Requests to the server: with its token, again while it is busy, and refused with its own sentence.

const MOST_TRIES = 8;
let token = "";

export const useToken = value => { token = value; };
export const hasToken = () => token !== "";

export class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

const pause = (seconds, signal) => new Promise((done, stop) => {
  const timer = setTimeout(done, 1000 * seconds);
  signal.addEventListener("abort", () => { clearTimeout(timer); stop(signal.reason); }, { once: true });
});

export function send(path, file, signal) {
  const form = new FormData();
  form.append("files", file, file.name);
  return post(path, form, signal);
}

export async function post(path, form, signal, accept = "*/*") {
  for (let attempt = 1; ; attempt += 1) {
    let response;
    try {
      const headers = { Accept: accept, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
      response = await fetch(path, { method: "POST", body: form, headers, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Refused(0, "The server does not answer: check that it runs and that you can reach it, then try again.");
    }
    if (response.ok) return response;
    if (response.status === 503 && attempt < MOST_TRIES) {
      await pause(Number(response.headers.get("Retry-After")) || 2, signal);
      continue;
    }
    const body = await response.json().catch(() => ({}));
    throw new Refused(response.status, body.error || `The server answered with status ${response.status}.`);
  }
}
