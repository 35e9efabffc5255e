// A real browser for the tests of doctor's pages, and axe, which looks at them. MODULES is the folder that npm has installed into.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

export async function launch(modules, executablePath) {
  const require = createRequire(`${modules}/`);
  const { chromium } = require("playwright-core");
  const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
  });
  return { browser, axe };
}

// A page at `url`; what it says and asks for is added to `seen`.
export async function open(context, url, seen) {
  const page = await context.newPage();
  page.on("console", (message) => seen.said.push(message.text()));
  page.on("pageerror", (error) => seen.said.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(url);
  return page;
}

// What axe finds wrong. It is no part of the page: the debugger evaluates it, which a content policy does not bind.
export async function violations(page, axe) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run());
  return result.violations.map((item) => `${item.impact} ${item.id}: ${item.nodes[0].html}`);
}
