// Uses the page of a fleet as a person does: filters, moves over the map by keyboard, compares two nodes; axe looks at it.
// Usage: node fleet.mjs MODULES CHROMIUM URL SCREENSHOT
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, executablePath, url, screenshot] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
});
const found = { said: [], requests: [], violations: {} };
for (const colorScheme of ["light", "dark"]) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  page.on("console", (message) => found.said.push(message.text()));
  page.on("pageerror", (error) => found.said.push(String(error)));
  page.on("request", (request) => found.requests.push(request.url()));
  await page.goto(url);
  if (colorScheme === "light") {
    found.shown = await page.locator("#shown").innerText();
    found.widest = await page.evaluate(() => Math.max(...[...document.querySelectorAll("canvas")].map((item) => item.clientWidth)));
    await page.locator("#filter-rows").fill("torch");
    found.rows = await page.locator("table.heat tbody tr:visible").count();
    // How much of the first row's picture is as tall as the whole row: the nodes that are off.
    found.off = await page.evaluate(() => {
      const canvas = [...document.querySelectorAll("table.heat tbody tr:not([hidden]) canvas")][0];
      const pixels = canvas.getContext("2d").getImageData(0, 1, canvas.width, 1).data;
      return [...Array(canvas.width).keys()].filter((x) => pixels[4 * x + 3] > 0).length / canvas.width;
    });
    await page.locator("#filter-nodes").fill("node1, node7");
    found.filtered = await page.locator("#shown").innerText();
    await page.locator("#filter-nodes").fill("");
    await page.locator("#order").selectOption("name");
    await page.locator("#heat").focus();
    for (let step = 0; step < 7; step += 1) await page.keyboard.press("ArrowRight");
    found.pointed = await page.locator("#pointed").innerText();
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    found.compared = await page.locator("#compared").innerText();
    await page.locator("#left").fill("nobody");
    await page.locator("#compare button").click();
    found.nobody = await page.locator("#compared").innerText();
    await page.setViewportSize({ width: 360, height: 800 });
    found.phoneScrolls = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await page.setViewportSize({ width: 1100, height: 900 });
  }
  await page.screenshot({ path: screenshot.replace(".png", `-${colorScheme}.png`) });
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run());
  found.violations[colorScheme] = result.violations.map((item) => `${item.impact} ${item.id}: ${item.nodes[0].html}`);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(found));
