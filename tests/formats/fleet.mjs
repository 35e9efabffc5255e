// Uses the page of a fleet as a person does: filters, moves over the map by keyboard, compares two nodes; axe looks at it.
// Usage: node fleet.mjs MODULES CHROMIUM URL SCREENSHOT
import { launch, open, violations } from "./chromium.mjs";

const [modules, executablePath, url, screenshot] = process.argv.slice(2);
const { browser, axe } = await launch(modules, executablePath);
const found = { said: [], requests: [], violations: {} };
for (const colorScheme of ["light", "dark"]) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 900 } });
  const page = await open(context, url, found);
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
  found.violations[colorScheme] = await violations(page, axe);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(found));
