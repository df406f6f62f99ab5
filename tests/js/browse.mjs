// A browser for the tests. Reads one JSON object a line from standard input and answers each with one:
// {chromium} starts it, {page, options} opens an empty page, {page, code, args} runs the body of an
// async function (page, args, seen) beside it. Nothing leaves this machine: requests for other hosts
// are refused, and noted in seen.refused; what pages complain of is noted in seen.errors.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const AsyncFunction = (async () => {}).constructor;
const LOCAL = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;
const pages = new Map();
let browser;

async function open({ page: name, options }) {
  const context = await browser.newContext({ ...options, acceptDownloads: true });
  const seen = { refused: [], errors: [], requests: [] };
  await context.route("**/*", (route) => {
    const { hostname, protocol } = new URL(route.request().url());
    const local = protocol === "file:" || protocol === "data:" || protocol === "blob:" || LOCAL.test(hostname);
    (local ? seen.requests : seen.refused).push(route.request().url());
    return local ? route.continue() : route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  pages.set(name, { context, page, seen });
}

async function handle(message) {
  if (message.chromium) {
    browser = await chromium.launch({
      executablePath: message.chromium,
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ],
    });
    return browser.version();
  }
  if (message.close) {
    await pages.get(message.close)?.context.close();
    return pages.delete(message.close);
  }
  if (message.options) return open(message);
  const { page, seen } = pages.get(message.page);
  return await new AsyncFunction("page", "args", "seen", message.code)(page, message.args, seen);
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { value: (await handle(JSON.parse(line))) ?? null };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser?.close();
