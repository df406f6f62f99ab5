// A JSON-LD client as others use it: reads a JSON array of IRIs of loopback from standard input,
// fetches each over HTTP by the library's own loader, and writes a JSON array of their N-Quads.
import { readFileSync, writeSync } from "node:fs";
import jsonld from "jsonld";

const fetched = jsonld.documentLoaders.node();
const documentLoader = (url) => {
  if (new URL(url).hostname !== "127.0.0.1") throw new Error(`${url} is not fetched`);
  return fetched(url);
};

const results = [];
for (const url of JSON.parse(readFileSync(0, "utf8"))) {
  const { document, documentUrl } = await documentLoader(url);
  const options = { base: documentUrl, documentLoader, format: "application/n-quads" };
  results.push(await jsonld.toRDF(document, options));
}
const bytes = Buffer.from(JSON.stringify(results));
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
