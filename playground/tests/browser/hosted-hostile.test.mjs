// Plugins that fail, input that is hostile, and a server that is gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addStep, atSync, site, type, typed } from "./actions.mjs";
import { lose, onHosted, server } from "./hosted.mjs";
import { box, detail, problem, tab } from "./page.mjs";

const HTML = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;

test("a plugin that traps is a sentence with its trace, and the last answer stays", () =>
  onHosted({}, async (page) => {
    await type(page, site({ image: "trap" }));
    await page.locator(".problem", { hasText: "the plugin trapped: unreachable" }).waitFor();
    await page.getByText("This is the answer to the last valid input.").waitFor();
    await box(page, "Deployment blog").waitFor();
    await tab(page, "Call failed").click();
    const failure = page.getByRole("region", { name: "Failure" });
    await failure.getByText("The sync hook did not answer").waitFor();
    assert.deepEqual(await failure.locator("li").allTextContents(), ["site::index", "site::sync", "sync"]);
    await page.getByRole("heading", { name: "The last answer" }).waitFor();
    await page.getByText("A call without an answer cannot be saved.").waitFor();
    await type(page, site({ image: "nginx" }));
    await page.locator(".output:not(.stale)").waitFor();
    await page.getByRole("region", { name: "Failure" }).waitFor({ state: "detached" });
  }));

test("a plugin that traps at first shows why", () =>
  onHosted({ ready: false, route: (page) => page.goto(`${server.url}#none`) }, async (page) => {
    await page.locator(".cm-content").waitFor();
    await type(page, site({ image: "trap" }));
    await tab(page, "Call failed").waitFor();
  }));

test("a call is given up when there is a newer text", () =>
  onHosted({}, async (page) => {
    await type(page, site({ image: "slow" }));
    await page.waitForTimeout(100);
    await type(page, site({ image: "nginx", replicas: 5 }));
    await detail(page, "5 replicas").waitFor();
  }));

test("HTML and scripts in names, messages, logs and time lines are shown as text", () =>
  onHosted({}, async (page) => {
    const name = JSON.stringify(HTML);
    await type(
      page,
      `apiVersion: example.com/v1\nkind: Site\nmetadata: {name: ${name}}\nspec: {image: ${name}, host: ${name}}\n`,
    );
    await page.locator(".picture .name", { hasText: "…" }).first().waitFor();
    for (const name of ["Children", "Conditions", "Changes", "Call"]) {
      await tab(page, name).click();
      if (name === "Children") await page.getByText("Open all").click();
    }
    await page.getByRole("region", { name: "Log lines" }).getByText("<img src=x").first().waitFor();
    await page
      .getByRole("region", { name: "Children that do not match their schemas" })
      .getByText("<img src=x")
      .waitFor();
    await tab(page, "Steps").click();
    await type(
      page,
      `steps:\n- name: ${name}\n  edit: {spec: {image: ${name}}}\n- name: ${name}\n  fail: {hook: sync, times: 99}\n`,
    );
    await tab(page, "Time line").click();
    await page.locator(".run-name", { hasText: "<img src=x" }).first().waitFor();
    for (const name of ["Objects", "Drawing", "Changes", "Sync"]) {
      await page.locator(".moment").getByRole("tab", { name }).click();
    }
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.equal(await page.locator("img, #app script, a[href^=javascript]").count(), 0);
  }));

test("texts that are too long or bombs are refused in every editor", () =>
  onHosted({}, async (page) => {
    const bomb = Array.from({ length: 12 }, (_, index) =>
      index === 0
        ? 'a0: &a0 ["lol"]'
        : `a${index}: &a${index} [${Array(9)
            .fill(`*a${index - 1}`)
            .join(",")}]`,
    ).join("\n");
    for (const name of ["Observed", "Related"]) {
      await tab(page, name).click();
      await type(page, "a: b\n".repeat(1_000_000));
      await page.locator(".problem", { hasText: "at most 1 MB is allowed" }).waitFor();
      assert.equal(await typed(page), "");
      await type(page, bomb);
      await page.locator(".problem", { hasText: `${name}, line 1, column 1: the aliases` }).waitFor();
      await type(page, "[".repeat(50_000));
      await page.locator(".problem", { hasText: "nested too deeply" }).waitFor();
      await type(page, "#");
      await page.locator(".output:not(.stale)").waitFor();
    }
    await tab(page, "Steps").click();
    await type(page, bomb);
    await tab(page, "Time line").click();
    await page.getByText("the aliases of this text stand for too much").waitFor();
  }));

test("a request that is too large is refused with a sentence before it is sent", () =>
  onHosted({}, async (page) => {
    await tab(page, "Related").click();
    const sent = server.requests.length;
    // Few uses of one anchor, but of a long text.
    const uses = Array.from({ length: 20 }, () => "*a").join(", ");
    await type(
      page,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ntext: &a "${"x".repeat(900_000)}"\nmany: [${uses}]\n`,
    );
    await page
      .locator(".problem", {
        hasText: /The request has 1\d\.\d MiB; metawasm playground reads at most 8 MiB/,
      })
      .waitFor();
    assert.equal(server.requests.length, sent);
  }));

test("a server that is gone is one sentence, and the page goes on when it is back", async () => {
  const gone = /^error: Failed to load resource: net::ERR_CONNECTION_REFUSED/;
  let restart;
  await onHosted({ quiet: gone }, async (page) => {
    await tab(page, "Time line").click();
    await atSync(page, "Sync 1 of 2 · create");
    await tab(page, "Drawing").first().click();
    restart = await lose();
    await type(page, site({ image: "nginx", replicas: 5 }));
    await page
      .locator(".problem", { hasText: "The connection to metawasm playground is lost; start it again." })
      .waitFor();
    await page.locator(".output.stale").waitFor();
    await box(page, "Deployment blog").waitFor();
    await restart();
    await detail(page, "5 replicas").waitFor();
    assert.equal(await problem(page).textContent(), "No problems");
    // The time line, too.
    restart = await lose();
    await tab(page, "Time line").click();
    await page.locator(".problem-note", { hasText: "is lost; start it again." }).waitFor();
    await restart();
    await page.locator(".problem-note").waitFor({ state: "detached" });
  });
});

test("the page needs no WebAssembly, but says what else a browser lacks", async () => {
  const lacking = (name) => ({ route: (page) => page.addInitScript(`delete window.${name}`) });
  await onHosted(lacking("WebAssembly"), async (page) => {
    await box(page, "Deployment blog").waitFor();
  });
  await onHosted({ ready: false, ...lacking("Worker") }, async (page) => {
    await page.getByText(/^This page needs Web Workers; use a current version of /).waitFor();
  });
});

test("two tabs do not disturb each other", () =>
  onHosted({}, async (page, context) => {
    const other = await context.newPage();
    await other.goto(server.url);
    await other.locator(".picture").waitFor();
    await type(other, site({ image: "nginx", replicas: 8 }));
    await type(page, site({ image: "nginx", replicas: 3 }));
    await detail(other, "8 replicas").waitFor();
    await detail(page, "3 replicas").waitFor();
    await other.waitForURL(/#1\./);
    await other.reload();
    await detail(other, "8 replicas").waitFor();
  }));

test("a time line of many syncs can be used", () =>
  onHosted({}, async (page) => {
    await tab(page, "Steps").click();
    await type(
      page,
      `steps:\n${"- ready: true\n- edit: {spec: {replicas: 3}}\n- edit: {spec: {replicas: 4}}\n".repeat(60)}`,
    );
    await tab(page, "Time line").click();
    await page.getByText("181 steps").waitFor();
    const slider = page.getByRole("slider", { name: "Sync" });
    await slider.focus();
    await page.keyboard.press("End");
    await page.locator(".moment h2", { hasText: /Sync (\d+) of \1 · edit/ }).waitFor();
    assert.ok((await page.locator(".dot").count()) <= 120);
    await addStep(page, "delete");
    await page.locator(".moment h2", { hasText: "· delete" }).waitFor();
    await page.getByText("There was nothing to ask: the parent is gone.").waitFor();
  }));
