// Bundles what a published site carries for the browser. node build.mjs FOLDER
//
// The same lockfile gives the same bytes, on every system: no maps, no paths, no dates.
import { readdirSync, readFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("say where to: node build.mjs FOLDER");

const PAGES = { "sparql.js": "sparql.js", "search.js": "search.js", "worker.js": "engine.worker.js" };

const files = new Map();
const used = new Set();
for (const [name, entry] of Object.entries(PAGES)) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [join("src", entry)],
    bundle: true,
    charset: "utf8",
    define: { "import.meta.url": '""' }, // the engine is given its code and looks for none
    format: "iife",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    minify: true,
    target: ["chrome111", "firefox113", "safari16.4"],
    write: false,
  });
  files.set(name, Buffer.from(outputFiles[0].contents));
  for (const path of Object.keys(metafile.inputs)) {
    const found = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) used.add(found[1]);
  }
}

const wasm = gzipSync(readFileSync(join(here, "node_modules/oxigraph/web_bg.wasm")), { level: 9 });
wasm[9] = 255; // the system that packed it: unknown
files.set("oxigraph.wasm.gz", wasm);
files.set("THIRD_PARTY.txt", Buffer.from(thirdParty([...used].sort())));

rmSync(out, { force: true, recursive: true });
mkdirSync(out, { recursive: true });
for (const [name, bytes] of files) writeFileSync(join(out, name), bytes);

/** Name, version, licence and the licence's text of each package that went in. */
function thirdParty(names) {
  const parts = names.map((name) => {
    const folder = join(here, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const notices = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
    const texts = notices.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
    if (!texts.length) texts.push(chosen(about));
    return `${"=".repeat(78)}\n${name} ${about.version}\nLicence: ${about.license}\n\n${texts.join("\n\n")}\n`;
  });
  const head = "What the scripts of this site are made of, besides mesokg itself (Apache-2.0).\n";
  return `${head}\n${parts.join("\n")}`;
}

/** The licence we take from those that a package without a licence file offers. */
function chosen({ name, license, repository }) {
  if (!/\bApache-2\.0\b/.test(license)) throw new Error(`${name} has no file with its licence`);
  const source = repository.url.replace(/^git\+|\.git$/g, "");
  return `Used under the Apache License 2.0, whose text follows. Source, with the list of the Rust
crates that are compiled into it (Cargo.lock): ${source}

${readFileSync(join(here, "..", "LICENSE"), "utf8").trim()}`;
}
