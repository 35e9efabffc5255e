// Opens pages of doctor in a real browser, on a desktop and a phone, light and dark, and lets axe look at each.
// Usage: node look.mjs MODULES CHROMIUM FOLDER URL... (MODULES is what npm has installed into; screenshots go to FOLDER)
import { launch, open, violations } from "./chromium.mjs";

const [modules, executablePath, folder, ...urls] = process.argv.slice(2);
const { browser, axe } = await launch(modules, executablePath);
const found = {};
for (const url of urls) {
  const name = url.replace(/.*\//, "").replace(".html", "");
  const seen = (found[name] = { said: [], requests: [], violations: [], scrolls: [], pictures: [] });
  for (const [width, colorScheme] of [[1100, "light"], [360, "dark"]]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await open(context, url, seen);
    await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) seen.scrolls.push(width);
    // What a screen reader is told of each picture, and how wide its pieces really are, in parts of the whole.
    seen.pictures.push(await page.evaluate(() => [...document.querySelectorAll("svg[role=img]")].map((svg) => ({
      label: svg.getAttribute("aria-label"),
      shares: [...svg.querySelectorAll("svg.piece")].map(
        (piece) => piece.querySelector(".ground").getBoundingClientRect().width / svg.getBoundingClientRect().width),
    }))));
    // The rows of a long table are alike, and axe needs long for each.
    await page.evaluate(() => document.querySelectorAll("tbody tr:nth-child(n+9)").forEach((row) => row.remove()));
    seen.violations.push(...(await violations(page, axe)));
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(found));
