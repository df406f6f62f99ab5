// Clients that others wrote ask an endpoint: node ask.mjs ENDPOINT SELECT CONSTRUCT. Writes a JSON
// object: for each client what its ?o were, in order, and how many triples the graph had.
import { QueryEngine } from "@comunica/query-sparql";
import ParsingClient from "sparql-http-client/ParsingClient.js";
import StreamClient from "sparql-http-client/StreamClient.js";

const [endpointUrl, select, construct] = process.argv.slice(2);
const said = {};

for (const operation of ["get", "postDirect", "postUrlencoded"]) {
  const client = new ParsingClient({ endpointUrl });
  const rows = await client.query.select(select, { operation });
  const graph = await client.query.construct(construct, { operation });
  said[`sparql-http-client, ${operation}`] = [rows.map((row) => row.o.value), graph.size];
}

const streamed = [];
for await (const row of new StreamClient({ endpointUrl }).query.select(select)) streamed.push(row.o.value);
let triples = 0;
for await (const _ of new StreamClient({ endpointUrl }).query.construct(construct)) triples += 1;
said["sparql-http-client, streamed"] = [streamed, triples];

// Told that it is an endpoint, and left to find that out from its description.
for (const source of [{ type: "sparql", value: endpointUrl }, endpointUrl]) {
  const engine = new QueryEngine();
  const rows = await (await engine.queryBindings(select, { sources: [source] })).toArray();
  const graph = await (await engine.queryQuads(construct, { sources: [source] })).toArray();
  const name = source === endpointUrl ? "Comunica, which looks itself" : "Comunica";
  said[name] = [rows.map((row) => row.get("o").value), graph.length];
}

process.stdout.write(JSON.stringify(said));
