// A real Chromium on the built page, below a sub-path. Every message of the console and every request to another server
// is a failure.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../scripts/serve.mjs";
import { chromium } from "./chromium.mjs";

export { accessible } from "./chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How long something may take on a busy machine, in milliseconds. */
const PATIENCE = 12_000;

/** The seed's first example. */
export const SEED = "seed/async-input";

let browser;
let server;

/** What the server answered: paths and sizes. */
export const served = [];

before(async () => {
  const folder = process.env.PLAYGROUND ?? join(root, "../target/playground");
  server = await serve(folder, {
    base: "/some/path/",
    served: (path, bytes) => served.push({ path, bytes }),
  });
  browser = await chromium();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The address of the page. */
export function address() {
  return server.url;
}

/** Runs a test on a page that has its first answer. Fails for what the console says, unless `quiet` matches it. */
export async function onPage(options, run) {
  const { url = server.url, ready = true, route, quiet, ...contextOptions } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...contextOptions,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== new URL(url).origin) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  try {
    await route?.(page);
    await page.goto(url);
    if (ready) await page.locator(".picture").waitFor();
    await run(page, context);
    assert.deepEqual(
      complaints.filter((complaint) => !quiet?.test(complaint)),
      [],
    );
  } finally {
    await context.close();
  }
}

export const pick = (page, id) => page.getByLabel("Example").selectOption(id);

export const tab = (page, name) => page.getByRole("tab", { name });

/** The box of a child in the drawing. */
export const box = (page, name) => page.getByRole("button", { name: `${name}: show its YAML`, exact: true });

/** The whole text of the editor, also the lines that are not on the screen. */
export const text = (page) =>
  page.evaluate(() => document.querySelector(".cm-content").cmTile.view.state.doc.toString());

/** Puts the cursor at the end of the first line that contains a text. */
export async function cursorAfter(page, part) {
  await page.locator(".cm-line", { hasText: part }).first().click();
  await page.keyboard.press("End");
}

/** Replaces the whole text as a paste does. */
export async function paste(page, content) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.evaluate((data) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", data);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.querySelector(".cm-content").dispatchEvent(event);
  }, content);
}

/** A line of text in a box of the drawing. */
export const detail = (page, line) => page.locator(".picture text", { hasText: line });

/** The sentence below the editor. */
export const problem = (page) => page.locator(".problem");
