// The pictures of the documentation. `SCREENSHOT=1` writes them.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { skip, startHost } from "./host.mjs";
import { addStep, atSync } from "./actions.mjs";
import { box, cursorAfter, detail, onPage, tab } from "./page.mjs";

/** A clone should stay small. */
const MOST = 150_000;

const WANTED = process.env.SCREENSHOT === "1";

const pathOf = (name) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url));

function isSmall(path) {
  const { size } = statSync(path);
  assert.ok(size < MOST, `${size} bytes`);
}

const LOOK = { viewport: { width: 1010, height: 800 }, colorScheme: "light" };

async function take(page, path) {
  await page.mouse.move(0, 0);
  await page.locator(".field-help").waitFor({ state: "detached" });
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({ path, caret: "hide" });
}

test("the picture of the static page is small", async () => {
  const path = pathOf("playground.png");
  if (WANTED) {
    await onPage(LOOK, async (page) => {
      await cursorAfter(page, "maxReplicaCount");
      await page.keyboard.press("Backspace");
      await page.keyboard.press("Backspace");
      await page.keyboard.type("25");
      await detail(page, "0–25 replicas").waitFor();
      await take(page, path);
    });
  }
  isSmall(path);
});

test("the picture of the hosted page is small", { skip: WANTED && skip }, async () => {
  const path = pathOf("playground-host.png");
  if (WANTED) {
    const host = await startHost();
    try {
      await onPage({ ...LOOK, url: host.url }, async (page) => {
        await box(page, "Deployment shop").waitFor();
        await tab(page, "Time line").click();
        await addStep(page, "ready");
        await addStep(page, "edit", {
          Patch:
            "spec:\n  image: example.com/functions/shop:v2\n  serving:\n    scaleOptions: {maxReplicas: 25}",
        });
        await atSync(page, "· edit");
        await take(page, path);
      });
    } finally {
      await host.stop();
    }
  }
  isSmall(path);
});
