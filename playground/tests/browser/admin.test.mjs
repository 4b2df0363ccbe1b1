// The host's page in Chromium: a real host with plugins, calls and failures. METAWASM names the program; without it the
// tests are skipped. `SCREENSHOT=1` writes the picture of docs/operations.md.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessible, chromium } from "./chromium.mjs";

const program = process.env.METAWASM;
const plugins = process.env.PLUGINS ?? fileURLToPath(new URL("../../../target/plugins", import.meta.url));
const fixtures = fileURLToPath(new URL("../../../tests/fixtures/", import.meta.url));
const picture = fileURLToPath(new URL("../../../docs/host-page.png", import.meta.url));
const skip = program ? false : "METAWASM does not name the host's program";

/** How long something may take on a busy machine, in milliseconds. */
const PATIENCE = 20_000;
/** A clone should stay small. */
const MOST = 150_000;

const HOSTILE = "<script>alert(1)<b>bold.wasm";
const fixture = (name) => readFileSync(join(fixtures, name));

let browser;
let folder;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "metawasm-page-"));
  copyFileSync(join(plugins, "function.wasm"), join(folder, HOSTILE));
  writeFileSync(join(folder, "broken.wasm"), "no component");
  // The same component with another digest: a custom section at its end.
  const name = Buffer.from("another");
  const section = Buffer.from([0, name.length + 1, name.length]);
  const next = Buffer.concat([readFileSync(join(plugins, "function.wasm")), section, name]);
  writeFileSync(join(folder, "next.wasm"), next);
  browser = await chromium();
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** Starts a host with these lines of configuration for its plugins. */
async function serve(lines, admin = "127.0.0.1:0") {
  const config = join(folder, "metawasm.yaml");
  writeFileSync(
    config,
    ["listen: 127.0.0.1:0", `admin: ${admin}`, "log: {format: json}", "plugins:", ...lines].join("\n"),
  );
  const child = spawn(program, ["serve", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let log = "";
  const line = (part) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = log.split("\n").find((line) => line.includes(part) && line.endsWith("}"));
        if (found) resolve(JSON.parse(found));
      };
      child.stderr.on("data", look);
      ended.then(() => reject(new Error(`the host ended:\n${log}`)));
      look();
    });
  child.stderr.on("data", (data) => (log += data));
  const { hooks, admin: address } = await line('"listening"');
  await line('"serving"');
  return {
    admin: address,
    url: `http://${address}/`,
    post: async (path, body) => {
      const response = await fetch(`http://${hooks}${path}`, { method: "POST", body });
      return { status: response.status, text: await response.text() };
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const source = (name, file) => `- {name: ${name}, source: ${JSON.stringify(`file:${join(folder, file)}`)}}`;
const functionPlugin = () =>
  `- {name: function, source: ${JSON.stringify(`file:${join(plugins, "function.wasm")}`)}`;

/** Calls the Function plugin for a new parent. */
let parents = 0;
function call(host) {
  const request = JSON.parse(fixture("composite-v2-sync-first.body"));
  parents += 1;
  request.parent.metadata.name = `hello-${parents}`;
  return host.post("/function/sync", JSON.stringify(request));
}

/** Opens the page of a host. Fails for what the console says, unless it is expected. */
async function onPage(host, options, run) {
  const { expected = () => false, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...contextOptions });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("data:") && !url.startsWith(host.url)) complaints.push(`request to ${url}`);
  });
  try {
    await page.goto(host.url);
    await page.getByText("● live").waitFor();
    await run(page);
    assert.deepEqual(
      complaints.filter((complaint) => !expected(complaint)),
      [],
    );
  } finally {
    await context.close();
  }
}

const plugin = (page, name) => page.getByRole("article", { name: `Plugin ${name}`, exact: true });
const incident = (page, text) => page.locator(".incident", { hasText: text });

/** The path of what was answered, in the first plot of a plugin. */
const drawn = (page, name) => plugin(page, name).locator("path.answered").first().getAttribute("d");

test("plugins, moving plots while calls run, and a refusal with its sentence", { skip }, async () => {
  const host = await serve([
    `${functionPlugin()}, shadow: ${JSON.stringify(`file:${join(folder, "next.wasm")}`)}}`,
    source("broken", "broken.wasm"),
  ]);
  try {
    await onPage(host, {}, async (page) => {
      const shown = plugin(page, "function");
      await shown.getByText("✓ ready").waitFor();
      await shown.getByText("No hook was called yet.").waitFor();
      const digest = shown.getByTitle(/^sha256:[0-9a-f]{64}$/).first();
      assert.match(await digest.textContent(), /^sha256:[0-9a-f]{12}$/);
      await plugin(page, "broken").getByText("✗ failed").waitFor();
      await plugin(page, "broken").getByText("not a WebAssembly component").waitFor();
      await page.getByText("Nothing was refused").waitFor();

      for (let calls = 0; calls < 20; calls += 1) assert.equal((await call(host)).status, 200);
      await shown.getByText("100 % answered").waitFor();
      await shown.getByRole("img", { name: /^Calls of sync over the last hour: 20; now / }).waitFor();
      await shown.getByRole("img", { name: /^Run of sync .*(now|last) p50 .* p99 / }).waitFor();
      await shown.getByText(/20 compared: 20 equal, 0 different/).waitFor();
      const before = await drawn(page, "function");
      assert.match(before, /^M/);
      await assert.doesNotReject(async () => {
        for (let calls = 0; (await drawn(page, "function")) === before; calls += 1) {
          assert.ok(calls < 100, "the plot does not move");
          await call(host);
          await page.waitForTimeout(100);
        }
      });

      const refused = await host.post("/function/sync", '{"controller": 7}');
      assert.equal(refused.status, 400);
      const line = incident(page, refused.text.trim());
      await line.waitFor();
      await line.getByText("bad_request 400").waitFor();
      await line.getByText("Replay", { exact: true }).click();
      await line.getByText("The plugin was not called for this request").waitFor();
      await host.post("/function/sync", '{"controller": 7}');
      await line.getByText("2 times").waitFor();
      assert.ok(await line.locator("details").evaluate((details) => details.open), "it stays open");
    });
  } finally {
    await host.stop();
  }
});

test("scripts in names and sentences are texts", { skip }, async () => {
  const host = await serve([`${functionPlugin()}}`, source("hostile", HOSTILE)]);
  try {
    await onPage(host, {}, async (page) => {
      await plugin(page, "hostile").getByText(HOSTILE).waitFor();
      const markup = "<img src=x onerror=alert(1)>";
      const request = JSON.parse(fixture("composite-v2-sync-first.body"));
      request.parent.kind = markup;
      const refused = await host.post("/function/sync", JSON.stringify(request));
      assert.notEqual(refused.status, 200);
      await host.post("/%3Cscript%3Ealert(1)%3C/script%3E", "{}");
      await incident(page, refused.text.trim()).waitFor();
      await incident(page, "script").first().waitFor();
      assert.equal(await page.locator("main script, main img, main b").count(), 0);
    });
  } finally {
    await host.stop();
  }
});

test("a lost stream is told, and the page goes on with the next host", { skip }, async () => {
  const first = await serve([`${functionPlugin()}}`]);
  let next;
  try {
    // Chromium itself says that a connection failed.
    const expected = (complaint) => complaint.startsWith("error: Failed to load resource");
    await onPage(first, { expected }, async (page) => {
      await call(first);
      const refused = await first.post("/function/sync", '{"controller": 7}');
      await plugin(page, "function").getByText("50 % answered").waitFor();
      await incident(page, refused.text.trim()).waitFor();
      assert.equal(await page.title(), "metawasm");
      await first.stop();
      const told = page.getByRole("status");
      await told.getByText(/^✗ .* Trying again in \d+ s\. The page shows the last data\.$/).waitFor();
      assert.equal(await page.title(), "✗ metawasm");
      await plugin(page, "function").getByText("50 % answered").waitFor();
      const colours = await page
        .locator(".swatch")
        .evaluateAll((swatches) => swatches.map((swatch) => getComputedStyle(swatch).backgroundColor));
      assert.equal(new Set(colours).size, 2, `answered and failed differ: ${colours}`);

      next = await serve([`${functionPlugin()}}`], first.admin);
      await told.getByText("● live").waitFor();
      assert.equal(await page.title(), "metawasm");
      await plugin(page, "function").getByText("No hook was called yet.").waitFor();
      await page.getByText("Nothing was refused").waitFor();
    });
  } finally {
    await next?.stop();
  }
});

test("the first failure of another process is not shown as that of the one before", { skip }, async () => {
  const first = await serve([`${functionPlugin()}}`]);
  let next;
  try {
    const expected = (complaint) => complaint.startsWith("error: Failed to load resource");
    await onPage(first, { expected }, async (page) => {
      const before = await first.post("/function/sync", '{"controller": 7}');
      await incident(page, before.text.trim()).waitFor();
      await first.stop();
      next = await serve([`${functionPlugin()}}`], first.admin);
      // Before the page has found this host.
      const after = await next.post("/unknown/sync", "{}");
      await incident(page, after.text.trim()).waitFor();
      assert.equal(await incident(page, before.text.trim()).count(), 0);
    });
  } finally {
    await next?.stop();
  }
});

test("a page that was hidden says that it connects", { skip }, async () => {
  const host = await serve([`${functionPlugin()}}`]);
  try {
    await onPage(host, {}, async (page) => {
      const become = (visibility) =>
        page.evaluate((visibility) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, value: visibility });
          document.dispatchEvent(new Event("visibilitychange"));
          return document.getElementById("stream")?.textContent;
        }, visibility);
      assert.equal(await become("hidden"), "Connecting …");
      await page.locator("main.stale").waitFor();
      assert.equal(await become("visible"), "Connecting …");
      await page.getByText("● live").waitFor();
      assert.equal(await page.locator("main.stale").count(), 0);
    });
  } finally {
    await host.stop();
  }
});

test("a page too many says why it shows nothing", { skip }, async () => {
  const host = await serve([`${functionPlugin()}}`]);
  const others = Array.from({ length: 8 }, () => new AbortController());
  try {
    for (const { signal } of others) await fetch(`${host.url}events`, { signal });
    const page = await browser.newPage();
    await page.goto(host.url);
    await page.getByRole("status").getByText("8 pages are open, which is the limit").waitFor();
    others[0].abort();
    await page.getByText("● live").waitFor();
    await page.close();
  } finally {
    for (const other of others) other.abort();
    await host.stop();
  }
});

test("phone width, keyboard, dark and light, and axe", { skip }, async () => {
  const host = await serve([
    `${functionPlugin()}}`,
    source("hostile", HOSTILE),
    source("broken", "broken.wasm"),
  ]);
  try {
    for (let calls = 0; calls < 5; calls += 1) await call(host);
    await host.post("/function/sync", "{");
    for (const colorScheme of ["light", "dark"]) {
      for (const viewport of [
        { width: 1280, height: 900 },
        { width: 360, height: 740 },
      ]) {
        await onPage(host, { colorScheme, viewport }, async (page) => {
          await plugin(page, "function").getByText("16.7 % failed").waitFor();
          await incident(page, "bad_request").first().waitFor();
          await accessible(page, `${colorScheme}, ${viewport.width}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `${viewport.width}: ${wide} px too wide`);
          // The first stop of the keyboard opens what it says.
          await page.keyboard.press("Tab");
          await page.keyboard.press("Enter");
          const open = page.locator("details[open] > summary");
          assert.ok(await open.evaluate((summary) => summary === document.activeElement));
        });
      }
    }
  } finally {
    await host.stop();
  }
});

test("the picture of the documentation is small", { skip }, async () => {
  if (process.env.SCREENSHOT === "1") await take();
  const { size } = statSync(picture);
  assert.ok(size < MOST, `${size} bytes`);
});

/** Some minutes of calls with a failure now and then, of plugins at a place that says nothing of this machine. */
async function take() {
  const place = join(tmpdir(), "metawasm");
  mkdirSync(place, { recursive: true });
  copyFileSync(join(plugins, "function.wasm"), join(place, "function.wasm"));
  copyFileSync(join(folder, "next.wasm"), join(place, "next.wasm"));
  const [serving, shadow] = ["function", "next"].map((name) =>
    JSON.stringify(`file:${join(place, name)}.wasm`),
  );
  const host = await serve([`- {name: function, source: ${serving}, shadow: ${shadow}}`]);
  try {
    const look = { viewport: { width: 1200, height: 840 }, colorScheme: "light" };
    await onPage(host, look, async (page) => {
      const end = Date.now() + 200_000;
      for (let calls = 0; Date.now() < end; calls += 1) {
        await call(host);
        if (calls % 5 === 0) await host.post("/function/sync", fixture("composite-v2-sync-ready.body"));
        if (calls % 60 === 30) await host.post("/function/sync", '{"controller": 7}');
        if (calls % 250 === 100) await host.post("/function/sink", "{}");
        if (calls % 3 === 0) await host.post("/function/customize", fixture("composite-v2-customize.body"));
        await page.waitForTimeout(20 + 60 * (1 + Math.sin(Date.now() / 15_000)));
      }
      await page.screenshot({ path: picture });
    });
  } finally {
    await host.stop();
    rmSync(place, { recursive: true });
  }
}
