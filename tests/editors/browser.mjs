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
// Nothing here measures time, and a busy machine takes long.
page.setDefaultTimeout(180_000);

const operations = {
  open: async ({ url }) => {
    await page.goto(url);
  },
  wait: async ({ selector, timeout, state }) => {
    await page.waitForSelector(selector, { timeout, state });
  },
  click: async ({ selector, text, button }) => {
    const found = text === undefined ? page.locator(selector) : page.locator(selector, { hasText: text });
    await found.first().click({ button: button ?? "left" });
  },
  press: async ({ key }) => {
    await page.keyboard.press(key);
  },
  type: async ({ text, delay }) => {
    await page.keyboard.type(text, { delay });
  },
  // All at once, so that nothing completes it.
  insert: async ({ text }) => {
    await page.keyboard.insertText(text);
  },
  texts: async ({ selector }) => await page.locator(selector).allTextContents(),
  labels: async ({ selector }) =>
    await page.locator(selector).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? "")),
  shot: async ({ path, whole }) => {
    await page.screenshot({ path, fullPage: whole ?? false });
  },
  size: async ({ width, height }) => {
    await page.setViewportSize({ width, height });
  },
  scheme: async ({ scheme }) => {
    await page.emulateMedia({ colorScheme: scheme });
  },
  // Pixels that stand beyond the right edge of the window, or of a table that is no detail.
  beyond: async () =>
    await page.evaluate(() => {
      const tables = [...document.querySelectorAll(".third .table")];
      const page = document.documentElement.scrollWidth - innerWidth;
      return Math.max(page, ...tables.map((one) => one.scrollWidth - one.clientWidth));
    }),
  // Milliseconds from a key to the first frame that has an element; null where none has in time.
  delay: async ({ key, selector, timeout }) => {
    await page.evaluate(() => {
      window.pressed = undefined;
      addEventListener("keydown", () => { window.pressed = performance.now(); }, { capture: true, once: true });
    });
    await page.keyboard.press(key);
    return await page.evaluate(
      ([wanted, most]) =>
        new Promise((resolve) => {
          const look = () => {
            const since = performance.now() - window.pressed;
            if (document.querySelector(wanted) || !(since < most)) {
              resolve(since < most ? since : null);
            } else {
              requestAnimationFrame(look);
            }
          };
          look();
        }),
      [selector, timeout],
    );
  },
  // What has the focus: its text, and whether that is seen.
  focus: async () =>
    await page.evaluate(() => {
      const one = document.activeElement ?? document.body;
      const style = getComputedStyle(one);
      const text = one.getAttribute("aria-label") ?? one.textContent ?? "";
      return { tag: one.tagName, text, outlined: style.outlineStyle !== "none" };
    }),
  background: async () => await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
  requests: async () =>
    await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name)),
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
