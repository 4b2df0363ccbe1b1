// The page in `metawasm playground` itself.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { skip, startHost } from "./host.mjs";
import { addStep, atSync, momentTab, type, typed } from "./actions.mjs";
import { accessible, box, cursorAfter, detail, onPage, tab } from "./page.mjs";

let host;

before(async () => {
  if (!skip) host = await startHost();
});
after(async () => {
  if (host) assert.equal(await host.stop(), 0);
});

/** Runs a test on the page. */
const onHost = (options, run) => onPage({ url: host.url, ...options }, run);

test("the hosted page draws a Function, and shows what the call took", { skip }, () =>
  onHost({}, async (page) => {
    for (const child of ["Deployment shop", "HTTPScaledObject shop"]) await box(page, child).waitFor();
    await cursorAfter(page, "maxReplicas");
    await page.keyboard.press("Backspace");
    await detail(page, "1–1 replicas").or(detail(page, "1 replica")).first().waitFor();
    await page.keyboard.type("8");
    await detail(page, "1–18 replicas").waitFor();
    await tab(page, "Call").click();
    for (const name of ["Run", "Review", "Memory", "Request", "Answer"]) {
      await page.locator(".figures dt", { hasText: name }).waitFor();
    }
    await page.getByRole("button", { name: "Call again" }).click();
    await accessible(page, "the call");
  }),
);

test("the editor is styled, completes, and marks what the schema does not know", { skip }, () =>
  onHost({}, async (page) => {
    const font = await page
      .locator(".cm-scroller")
      .evaluate((element) => getComputedStyle(element).fontFamily);
    assert.match(font, /mono/i);
    await cursorAfter(page, "engine: keda");
    await page.keyboard.press("Enter");
    await page.keyboard.type("rou");
    await page.keyboard.press("Escape");
    await page.locator(".problem.bad").waitFor();
    await page.keyboard.press("Backspace");
    await page.keyboard.type("ute2: 1");
    await page.locator(".cm-lint-marker").first().waitFor();
  }),
);

test("the loop of Metacontroller is a time line", { skip }, () =>
  onHost({}, async (page) => {
    await tab(page, "Time line").click();
    await page.getByText(/^1 step, \d+ syncs, \d+ writes; every step settles\.$/).waitFor();
    await addStep(page, "ready");
    await atSync(page, "· ready");
    await addStep(page, "edit", {
      Patch: "{spec: {scaleOptions: null, image: 'example.com/functions/shop:v2'}}",
    });
    await atSync(page, "· edit");
    const writes = page.getByRole("list", { name: "Writes" });
    assert.match(
      await writes.textContent(),
      /update Deployment\/shop.*example\.com\/functions\/shop:v1 → example\.com\/functions\/shop:v2/,
    );
    await momentTab(page, "Changes").click();
    await page.getByRole("region", { name: "Difference of Deployment shop" }).waitFor();
    await momentTab(page, "Drawing").click();
    await page.locator(".moment .picture .name", { hasText: "shop" }).first().waitFor();
    await accessible(page, "the time line");
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await page.waitForFunction(() =>
      /Observed [1-9]/.test(document.querySelector("#tab-observed").textContent),
    );
    assert.match(await typed(page), /ownerReferences:/);
    await addStep(page, "delete");
    await atSync(page, "· delete");
  }),
);

test("an answer is applied and asked about again", { skip }, () =>
  onHost({}, async (page) => {
    await tab(page, "Conditions").click();
    const row = page.getByRole("row", { name: /does not exist yet/ });
    await row.first().waitFor();
    await tab(page, "Call").click();
    await page.getByRole("button", { name: "Apply the answer" }).click();
    await tab(page, "Conditions").click();
    await page.waitForFunction(
      () => !/does not exist yet/.test(document.querySelector(".findings").textContent),
    );
  }),
);

test("a case is saved with its files", { skip }, () =>
  onHost({ quiet: /status of 409/ }, async (page) => {
    await tab(page, "Call").click();
    await page.getByLabel("Name").fill("shop");
    await page.keyboard.press("Enter");
    await page.getByText(/^Saved .*\/tests\/shop with parent\.yaml, /).waitFor();
    assert.ok(readdirSync(join(host.cases, "shop")).includes("expected.yaml"));
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/tests\/shop exists; choose another name/).waitFor();
  }),
);

test("settings and steps that the host refuses are sentences", { skip }, () =>
  onHost({ quiet: /status of 4\d\d/ }, async (page) => {
    await tab(page, "Steps").click();
    await type(page, "steps:\n- ready: true\n- dance: true\n");
    await tab(page, "Time line").click();
    await page.getByText(/steps\[1\]: unknown field `dance`/).waitFor();
    await page.locator(".steps .cm-lint-marker-error").waitFor();
    await tab(page, "Observed").click();
    await type(page, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: elsewhere}\n");
    await page.locator(".problem", { hasText: "Metacontroller would not send it" }).waitFor();
  }),
);

test("another page and another address get nothing", { skip }, async () => {
  const api = new URL("api/plugins", host.url);
  assert.equal((await fetch(api)).status, 200);
  for (const url of [new URL("/", host.url), new URL("/0123/api/plugins", host.url)]) {
    assert.ok((await fetch(url)).status >= 400, url.href);
  }
  assert.ok((await fetch(api, { headers: { origin: "https://evil.example" } })).status >= 400);
});
