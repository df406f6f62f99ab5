// Another JSON-LD processor, for the tests to compare with. Reads a JSON array from standard input:
// {document} becomes its N-Quads, {document, frame} the framed document. Fetches nothing.
import { readFileSync, writeSync } from "node:fs";
import jsonld from "jsonld";

const documentLoader = (url) => {
  throw new Error(`${url} is not fetched`);
};

const results = [];
for (const { document, frame } of JSON.parse(readFileSync(0, "utf8"))) {
  results.push(
    frame
      ? await jsonld.frame(document, frame, { documentLoader, omitGraph: false })
      : await jsonld.toRDF(document, { documentLoader, format: "application/n-quads" }),
  );
}
const bytes = Buffer.from(JSON.stringify(results));
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
