// What the site knows of the things in the data: labels, and the page of each.

export class Things {
  #labels = new Map();
  #plain = new Set();

  /** `about` is {bases, groups: [[namespace, has pages, {local: label}]], paths: {IRI: path}}. */
  constructor({ bases, groups, paths }) {
    this.bases = bases;
    this.paths = paths;
    for (const [namespace, pages, names] of groups) {
      for (const [local, label] of Object.entries(names)) {
        const iri = namespace + local;
        if (label) this.#labels.set(iri, label);
        if (pages) this.#plain.add(iri);
      }
    }
  }

  label(iri) {
    return this.#labels.get(iri) ?? "";
  }

  /** The address of a thing's page relative to the top of the site; "" where it has none. */
  page(iri) {
    const path = Object.hasOwn(this.paths, iri) ? this.paths[iri] : this.#ruled(iri);
    return path;
  }

  #ruled(iri) {
    if (!this.#plain.has(iri)) return "";
    const base = this.bases.find((start) => iri.startsWith(start));
    const [document, fragment] = iri.slice(base.length).split("#");
    return `${document}.html${fragment === undefined ? "" : `#${encodeURIComponent(fragment)}`}`;
  }

  /** What to link for an IRI: its page, itself if it is on the web, or nothing. */
  link(iri) {
    const page = this.page(iri);
    if (page) return { href: page, local: true };
    try {
      const { protocol } = new URL(iri);
      return protocol === "http:" || protocol === "https:" ? { href: iri, local: false } : null;
    } catch {
      return null;
    }
  }

  /** [[iri, label]] of everything that has a name. */
  get named() {
    return [...this.#labels];
  }
}
