// The page's side of the engine: starts the worker, keeps questions and replies together, stops.
// Over http the worker is a file that fetches its parts; from a disk, where browsers forbid both, it
// is made of what offline.js holds.

export class Stopped extends Error {}

export class Failed extends Error {
  constructor(message, fatal) {
    super(message);
    this.fatal = fatal;
  }
}

const bytesOf = (base64) => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
};

function script(source) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = source;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${source} could not be read`));
    document.head.append(element);
  });
}

export class Engine {
  #worker = null;
  #waiting = new Map();
  #number = 0;
  #ready = null;

  constructor({ assets, data, merged }) {
    this.assets = assets;
    this.data = data;
    this.merged = merged;
  }

  /** Resolves to {statements, ms} when questions can be asked. */
  start() {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  async #start() {
    const message = { merged: this.merged };
    if (location.protocol === "file:") {
      if (!window.mesokgOffline) await script(`${this.assets}/offline.js`);
      const { worker, wasm, data } = window.mesokgOffline;
      const source = new Blob([worker], { type: "text/javascript" });
      const address = URL.createObjectURL(source);
      this.#worker = new Worker(address);
      Object.assign(message, { wasm: bytesOf(wasm), data: bytesOf(data) });
    } else {
      const here = (name) => new URL(`${this.assets}/${name}`, location.href).href;
      this.#worker = new Worker(here("worker.js"));
      Object.assign(message, { wasm: here("oxigraph.wasm.gz"), data: new URL(this.data, location.href).href });
    }
    this.#worker.onmessage = ({ data: { id, reply, error, fatal } }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) return waiting?.resolve({ id, ...reply });
      waiting?.reject(new Failed(error, fatal));
      if (fatal) this.stop();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault?.();
      this.#fail(new Failed(event.message || "the engine could not be started", true));
    };
    return this.#send("start", message);
  }

  /** What a query answers. `keep` makes it the answer whose further rows and texts can be asked for. */
  async ask(query, keep = false) {
    await this.start();
    return this.#send("ask", { query, keep });
  }

  rows(of, from, to) {
    return this.#send("rows", { of, from, to }).then(({ rows }) => rows);
  }

  text(of, format) {
    return this.#send("text", { of, format }).then(({ text }) => text);
  }

  /** Ends whatever runs. The next question starts a new engine. */
  stop() {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
    this.#fail(new Stopped("stopped"));
  }

  #fail(error) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
    if (error.fatal) this.#ready = null;
  }

  #send(type, about) {
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ type, id, ...about });
    });
  }
}
