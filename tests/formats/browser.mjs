// Opens a page of doctor in a real browser, filters and copies as a person does, and lets axe look at it.
// Usage: node browser.mjs MODULES CHROMIUM URL SCREENSHOT (MODULES is the folder that npm has installed into)
import { launch, open, violations } from "./chromium.mjs";

const [modules, executablePath, url, screenshot] = process.argv.slice(2);
const { browser, axe } = await launch(modules, executablePath);
const found = { said: [], requests: [], violations: {} };
for (const colorScheme of ["light", "dark"]) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1100, height: 900 }, bypassCSP: false });
  const page = await open(context, url, found);
  const visible = async (selector) => (await page.locator(`${selector}:visible`).count());
  if (colorScheme === "light") {
    found.errors = await visible(".entry.k-error");
    found.healthy = await visible(".entry.k-healthy");
    await page.locator("#show-healthy").check();
    found.healthyShown = await visible(".entry.k-healthy");
    await page.locator("#show-error").uncheck();
    found.errorsHidden = await visible(".entry.k-error");
    await page.locator("#show-error").check();
    await page.locator("#topic-PKG").check();
    found.others = await visible(".entry:not(.t-PKG)");
    await page.locator("#topic-all").check();
    const button = page.locator("button.copy").first();
    found.command = await button.locator("xpath=preceding-sibling::pre").innerText();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await button.click();
    await page.locator("#said", { hasText: "Copied" }).waitFor();
    found.copied = await page.evaluate(() => navigator.clipboard.readText());
    await page.setViewportSize({ width: 360, height: 800 });
    found.phoneScrolls = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    await page.setViewportSize({ width: 1100, height: 900 });
  }
  await page.screenshot({ path: screenshot.replace(".png", `-${colorScheme}.png`), fullPage: true });
  found.violations[colorScheme] = await violations(page, axe);
  await context.close();
}
await browser.close();
console.log(JSON.stringify(found));
