// One browser for all tests of a file. Reads lines of JSON: {id, open}, a page of its own with playwright's options for
// contexts; {id, page, code, arg}, the body of an async function (page, arg, axe) whose value is the answer; {id, page},
// the end of that page, answered with everything the browser complained about on it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = new Map();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.setDefaultTimeout(10000);
  page.on("console", (said) => { if (["error", "warning"].includes(said.type())) complaints.push(said.text()); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  pages.set(pages.size, { page, complaints });
  return pages.size - 1;
}

async function close(id) {
  const { page, complaints } = pages.get(id);
  await page.context().close();
  return complaints;
}

async function run(id, code, arg) {
  const body = new Function("page", "arg", "axe", "return (async () => {" + code + "})()");
  return await body(pages.get(id).page, arg, axe);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, open: options, page, code, arg } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await (options ? open(options) : code ? run(page, code, arg) : close(page)) };
  } catch (error) {
    answer = { error: String(error.stack || error) };
  }
  console.log(JSON.stringify({ id, ...answer }));
}
await browser.close();
