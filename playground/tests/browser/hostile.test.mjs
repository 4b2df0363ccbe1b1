// Bad input, and browsers that lack something.

import assert from "node:assert/strict";
import { test } from "node:test";
import { box, cursorAfter, detail, onPage, paste, problem, tab, text } from "./page.mjs";

const HTML = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;

const hostile = (markup) => `
apiVersion: core.openfunction.io/v1beta2
kind: Function
metadata:
  name: ${JSON.stringify(markup)}
spec:
  image: ${JSON.stringify(markup)}
  ${JSON.stringify(markup)}: 1
  serving:
    triggers:
      http: {engine: keda, port: 8080, route: {hostnames: [${JSON.stringify(markup)}]}}
    outputs:
      - dapr: {name: ${JSON.stringify(markup)}, type: bindings.http, operation: ${JSON.stringify(markup)}}
    template:
      containers:
        - name: function
        - {name: ${JSON.stringify(markup)}, image: ${JSON.stringify(markup)}}
`;

const LEVELS = Array.from({ length: 12 }, (_, index) =>
  index === 0
    ? 'a0: &a0 ["lol"]'
    : `a${index}: &a${index} [${Array(9)
        .fill(`*a${index - 1}`)
        .join(",")}]`,
);

test("HTML and scripts in names and messages are shown as text", () =>
  onPage({}, async (page) => {
    for (const markup of [
      HTML,
      `"><svg onload=window.pwned=1>`,
      "javascript:window.pwned=1",
      "${window.pwned=1}",
    ]) {
      await tab(page, "Conditions").click();
      await paste(page, hostile(markup));
      await page.locator("table.get td", { hasText: markup }).first().waitFor();
      for (const name of ["Drawing", "Children", "Conditions", "Changes"]) {
        await tab(page, name).click();
        if (name === "Children" && (await page.getByText("Open all").count()))
          await page.getByText("Open all").click();
      }
      const range = page.locator(".cm-lint-marker").first();
      if (await range.count()) await range.hover();
      assert.equal(await page.evaluate(() => window.pwned), undefined);
      const made = "img, #app script, svg[onload], a[href^=javascript]";
      assert.equal(await page.locator(made).count(), 0, markup);
    }
    // The message of the condition has the markup, so it was there to be rendered.
    await paste(page, hostile(HTML));
    await tab(page, "Conditions").click();
    await page.locator("td.message", { hasText: "<img src=x" }).first().waitFor();
  }));

test("a paste of 5 MB is refused with a sentence, at once", () =>
  onPage({}, async (page) => {
    const before = await text(page);
    const took = await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "a: b\n".repeat(1_000_000));
      const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
      const start = performance.now();
      document.querySelector(".cm-content").dispatchEvent(event);
      return performance.now() - start;
    });
    assert.match(await problem(page).textContent(), /^The text has 5\.0 MB; at most 1 MB is allowed/);
    assert.equal(await text(page), before);
    assert.ok(took < 200, `${took} ms`);
    // Many smaller ones end at the same limit.
    await cursorAfter(page, "kind: Function");
    for (let count = 0; count < 4; count += 1) {
      await page.evaluate(() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", `\n#${" x".repeat(200_000)}`);
        document
          .querySelector(".cm-content")
          .dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      });
    }
    assert.ok((await text(page)).length <= 1_000_000);
    assert.match(await problem(page).textContent(), /at most 1 MB is allowed/);
  }));

test("a YAML bomb is refused, and the last answer stays", () =>
  onPage({}, async (page) => {
    await paste(page, `apiVersion: core.openfunction.io/v1beta2\nkind: Function\n${LEVELS.join("\n")}\n`);
    await page.locator(".problem", { hasText: "aliases" }).waitFor();
    await box(page, "Deployment async-input").waitFor();
  }));

test("texts that are no Function never break the page", () =>
  onPage({}, async (page) => {
    const texts = [
      "",
      "\u0000\u0001",
      "[".repeat(30_000),
      "a: *b",
      "--- |\n x\n--- y",
      "? {a: b}\n: c",
      "%YAML 9.9\n---\na",
      "\ud800",
      "- ".repeat(5_000),
    ];
    for (const content of texts) {
      await paste(page, content === "" ? "#" : content);
      await page.locator(".stale").waitFor();
      assert.notEqual(await problem(page).textContent(), "");
      await page.keyboard.press("ControlOrMeta+z");
      await page.locator(".output:not(.stale)").waitFor();
    }
  }));

test("a call that never ends is ended, and the page never freezes", () =>
  onPage(
    {
      // As the worker is, but with a text at which it hangs.
      route: (page) =>
        page.route("**/worker-*.js", async (route) => {
          const response = await route.fetch();
          const hang = `addEventListener("message", ({ data }) => { while (data.question?.texts.text.includes("HANG")); });`;
          await route.fulfill({ response, body: `${hang}\n${await response.text()}` });
        }),
    },
    async (page) => {
      await cursorAfter(page, "kind: Function");
      await page.keyboard.type(" # HANG");
      const start = Date.now();
      await tab(page, "Conditions").click();
      await page.getByRole("row", { name: /Ready/ }).waitFor();
      assert.ok(Date.now() - start < 2_000);
      await page.getByText("The call was ended because it took longer than 4 s").waitFor({ timeout: 10_000 });
      await cursorAfter(page, "HANG");
      for (let count = 0; count < " # HANG".length; count += 1) await page.keyboard.press("Backspace");
      await page.locator(".output:not(.stale)").waitFor({ timeout: 20_000 });
    },
  ));

test("the page works offline once it is loaded", () =>
  onPage({}, async (page, context) => {
    await context.setOffline(true);
    await cursorAfter(page, "maxReplicaCount");
    await page.keyboard.type("1");
    await detail(page, "0–101 replicas").waitFor();
  }));

test("a browser without what the page needs gets one sentence", async () => {
  for (const [name, needs] of [
    ["DecompressionStream", "compression streams"],
    ["WebAssembly", "WebAssembly"],
    ["Worker", "Web Workers"],
  ]) {
    const lacking = { ready: false, route: (page) => page.addInitScript(`delete window.${name}`) };
    await onPage(lacking, async (page) => {
      await page.waitForLoadState();
      const shown = await page.locator("#app").textContent();
      assert.equal(
        shown,
        `This page needs ${needs}; use a current version of Chrome, Edge, Firefox or Safari.`,
      );
    });
  }
  await onPage({ ready: false, javaScriptEnabled: false }, async (page) => {
    const shown = await page.locator("noscript").innerText();
    assert.equal(shown.trim(), "This page needs JavaScript and WebAssembly.");
  });
});

test("a plugin that cannot be loaded is one sentence", () =>
  onPage(
    {
      ready: false,
      route: (page) =>
        page.route("**/*.wasm", (route) =>
          route.fulfill({ body: "not wasm", contentType: "application/wasm" }),
        ),
    },
    async (page) => {
      await page.getByText("The plugin cannot be used").waitFor();
    },
  ));

test("no text within the limit freezes the page", () =>
  onPage({}, async (page) => {
    const texts = [
      "[".repeat(900_000),
      "{a: ".repeat(200_000),
      "a: b\n".repeat(180_000),
      "x ".repeat(450_000),
    ];
    for (const content of texts) {
      await page.evaluate(() => {
        let last = performance.now();
        window.worst = 0;
        window.watch = setInterval(() => {
          window.worst = Math.max(window.worst, performance.now() - last);
          last = performance.now();
        }, 10);
      });
      await paste(page, content);
      await page.locator(".problem.bad").waitFor();
      const worst = await page.evaluate(() => {
        clearInterval(window.watch);
        return window.worst;
      });
      assert.ok(worst < 2_000, `${worst} ms for ${content.slice(0, 5)}…`);
      await page.keyboard.press("ControlOrMeta+z");
      await page.locator(".output:not(.stale)").waitFor({ timeout: 30_000 });
    }
  }));
