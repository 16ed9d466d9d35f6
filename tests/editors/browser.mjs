// A browser for the tests: reads one JSON request a line, answers each in one line.
// node browser.mjs FOLDER_OF_PLAYWRIGHT CHROMIUM
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [folder, chromiumPath] = process.argv.slice(2);
const { chromium } = createRequire(`${folder}/`)("playwright-core");
const browser = await chromium.launch({
  executablePath: chromiumPath,
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Nothing but the loopback is to be reached.
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=127.0.0.1;localhost",
  ],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 560 } });

const operations = {
  open: async ({ url }) => {
    await page.goto(url);
  },
  wait: async ({ selector, timeout }) => {
    await page.waitForSelector(selector, { timeout });
  },
  click: async ({ selector, text, button }) => {
    const found = text === undefined ? page.locator(selector) : page.locator(selector, { hasText: text });
    await found.first().click({ button: button ?? "left", timeout: 15000 });
  },
  press: async ({ key }) => {
    await page.keyboard.press(key);
  },
  type: async ({ text, delay }) => {
    await page.keyboard.type(text, { delay });
  },
  texts: async ({ selector }) => await page.locator(selector).allTextContents(),
  labels: async ({ selector }) =>
    await page.locator(selector).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? "")),
  shot: async ({ path }) => {
    await page.screenshot({ path });
  },
  size: async ({ width, height }) => {
    await page.setViewportSize({ width, height });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...parameters } = JSON.parse(line);
  try {
    const value = (await operations[operation](parameters)) ?? null;
    process.stdout.write(JSON.stringify({ value }) + "\n");
  } catch (fault) {
    process.stdout.write(JSON.stringify({ fault: String(fault) }) + "\n");
  }
}
await browser.close();
