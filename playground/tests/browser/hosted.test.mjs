// What somebody does with the page of `metawasm playground`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addStep, atSync, momentTab, site, type, typed } from "./actions.mjs";
import { onHosted, server } from "./hosted.mjs";
import { box, cursorAfter, detail, problem, tab } from "./page.mjs";

/** What the browser itself says of an answer with a sentence about the input. */
const REFUSED = /^error: Failed to load resource: the server responded with a status of 4\d\d/;

test("a plugin that the page does not know is drawn", () =>
  onHosted({}, async (page) => {
    for (const child of ["Deployment blog", "Service blog", "ConfigMap blog"])
      await box(page, child).waitFor();
    await tab(page, "Cluster").click();
    await page.getByRole("checkbox", { name: "Ingress" }).check();
    await tab(page, "Site").click();
    await cursorAfter(page, "replicas");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("4");
    await detail(page, "4 replicas").waitFor();
    await tab(page, /Changes \+2 −2/).waitFor();
    await tab(page, "Conditions").click();
    await page.getByRole("row", { name: /Ready False Waiting/ }).waitFor();
  }));

test("the call shows what it took, what the review changed, and the log", () =>
  onHosted({}, async (page) => {
    await tab(page, "Call").click();
    const figures = page.locator(".figures");
    for (const [name, value] of [
      ["Queue", "42 µs"],
      ["Run", "1.2 ms"],
      ["Review", "87 µs"],
      ["Memory", "1.1 MiB"],
      ["Request", "1.9 KiB"],
      ["Answer", "2.3 KiB"],
    ]) {
      assert.equal(await figures.locator("div", { hasText: name }).locator("dd").textContent(), value);
    }
    await page.getByRole("region", { name: "What the review changed" }).getByText("removed").waitFor();
    await page.getByRole("region", { name: "Log lines" }).getByText("4 children for blog").waitFor();
    const answer = page.getByRole("region", { name: "Answer as YAML" });
    assert.match(await answer.textContent(), /^children:\n- apiVersion: v1\n {2}kind: ConfigMap\n/);
    await page.getByRole("button", { name: "Copy the answer" }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.trimEnd(), await answer.textContent());
  }));

test("an answer can be applied and observed, and the plugin asked again", () =>
  onHosted({}, async (page) => {
    await tab(page, "Call").click();
    await page.getByRole("button", { name: "Apply the answer" }).click();
    await tab(page, "Observed 4").waitFor();
    const observed = await typed(page);
    assert.equal(observed.split("---\n").length, 4);
    assert.match(observed, /namespace: web\n/);
    // The Deployment becomes ready.
    await type(page, observed.replace(/(kind: Deployment\n)/, "$1status: {replicas: 2, readyReplicas: 2}\n"));
    await tab(page, "Conditions").click();
    await page.getByRole("row", { name: /Ready True Available/ }).waitFor();
    // What is observed is kept when the answer is applied again.
    await tab(page, "Call").click();
    await page.getByRole("button", { name: "Apply the answer" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".input .cm-content").length > 0);
    assert.match(await typed(page), /readyReplicas: 2/);
  }));

test("the other hooks can be called", () =>
  onHosted({}, async (page) => {
    await page.getByLabel("Hook").selectOption("customize");
    await tab(page, "Children").click();
    await page.getByText("The customize hook answers which related objects it needs.").waitFor();
    await tab(page, "Call").click();
    await page.getByRole("region", { name: "Answer as YAML" }).getByText("relatedResources").waitFor();
    assert.equal(await page.getByRole("button", { name: "Apply the answer" }).count(), 0);
    assert.equal(server.requests.at(-1).body.hook, "customize");
  }));

test("a time line is run, and can be scrubbed", () =>
  onHosted({}, async (page) => {
    await tab(page, "Time line").click();
    await page.getByText("1 step, 2 syncs, 5 writes; every step settles.").waitFor();
    await atSync(page, "Sync 1 of 2 · create");
    await page.getByRole("button", { name: "Add steps" }).click();
    await addStep(page, "ready");
    await atSync(page, "Sync 3 of 4 · ready");
    await page.getByRole("row", { name: /Ready True Available/ }).waitFor();
    await addStep(page, "edit", { Patch: "spec:\n  replicas: 7" });
    await atSync(page, "Sync 5 of 6 · edit");
    const writes = page.getByRole("list", { name: "Writes" });
    assert.match(await writes.textContent(), /update Deployment\/blogspec\.replicas 2 → 7/);
    await page.getByRole("region", { name: "Log lines" }).getByText("7 pods are many").waitFor();

    await momentTab(page, "Changes").click();
    const diff = page.getByRole("region", { name: "Difference of Deployment blog" });
    assert.deepEqual(await diff.locator(".added").allTextContents(), ["+   replicas: 7"]);
    await momentTab(page, "Drawing").click();
    await page.locator(".moment .picture .detail", { hasText: "2 of 2 ready" }).waitFor();

    // The slider, a button beside it, and a click on a sync.
    const slider = page.getByRole("slider", { name: "Sync" });
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    await atSync(page, "Sync 4 of 6 · ready");
    assert.equal(await slider.getAttribute("aria-valuetext"), "4 of 6, step ready");
    await page.keyboard.press("Home");
    await atSync(page, "Sync 1 of 6 · create");
    assert.equal(await page.locator(".moment .picture .detail", { hasText: "2 of 2 ready" }).count(), 0);
    await page.getByRole("button", { name: "Next sync" }).click();
    await atSync(page, "Sync 2 of 6 · create");
    await page.getByRole("button", { name: "Sync 5, edit: 2 writes" }).click();
    await atSync(page, "Sync 5 of 6 · edit");

    // An edit of the parent makes the time line again, at the same place.
    await tab(page, "Site").click();
    await cursorAfter(page, "host:");
    await page.keyboard.type(".org");
    await momentTab(page, "Objects 5").click();
    await page.getByText("Open all").click();
    await page.getByRole("region", { name: "Ingress blog" }).getByText("blog.example.com.org").waitFor();
    await atSync(page, "Sync 5 of 6 · edit");
  }));

test("a moment can be observed by the call", () =>
  onHosted({}, async (page) => {
    await tab(page, "Time line").click();
    await addStep(page, "ready");
    await atSync(page, "Sync 3 of 4 · ready");
    await page.getByRole("button", { name: "Observe", exact: true }).click();
    await tab(page, "Observed 4").waitFor();
    assert.match(await typed(page), /readyReplicas: 2/);
    await tab(page, "Conditions").click();
    await page.getByRole("row", { name: /Ready True Available/ }).waitFor();
  }));

test("faults are listed, and lead to their step", () =>
  onHosted({}, async (page) => {
    await tab(page, "Time line").click();
    await addStep(page, "fail", { Hook: "sync", Times: "9" });
    await atSync(page, "Sync 3 of 8 · fail");
    await page.getByText("fail does not settle").waitFor();
    const faults = page.getByRole("region", { name: "Faults" });
    assert.match(await faults.textContent(), /fails the sync hook does not answer, as the step says/);
    await faults.getByRole("button", { name: "step “fail”" }).click();
    await atSync(page, "Sync 8 of 8 · fail");
    await page.getByText("The sync hook failed: the sync hook does not answer").waitFor();
  }));

test("a step that is wrong is marked, and the last time line stays", () =>
  onHosted({ quiet: REFUSED }, async (page) => {
    await tab(page, "Time line").click();
    await atSync(page, "Sync 1 of 2 · create");
    await tab(page, "Steps").click();
    await type(page, "steps:\n- ready: true\n- dance: true\n");
    await page
      .locator(".problem-note", {
        hasText: /^Steps, line 3, column 3: steps\[1\]: expected one of .*last time line/,
      })
      .waitFor();
    await page.locator(".steps .cm-lint-marker-error").waitFor();
    await atSync(page, "Sync 1 of 2 · create");
    await type(page, "steps:\n- ready: true\n");
    await page.getByText("2 steps, 4 syncs").waitFor();
    assert.equal(await page.locator(".steps .cm-lint-marker-error").count(), 0);
  }));

test("steps are completed and explained", () =>
  onHosted({}, async (page) => {
    await tab(page, "Steps").click();
    await type(page, "steps:\n- edi");
    const option = page.locator(".cm-tooltip-autocomplete [role=option]", { hasText: /^editObject/ });
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type("t");
    await option.waitFor();
    await page.keyboard.press("Escape");
    await type(page, "steps:\n- edit:\n    spec:\n      re");
    await page.keyboard.press("ControlOrMeta+End");
    await page.keyboard.type("p");
    await page.locator(".cm-tooltip-autocomplete [role=option]", { hasText: "replicas" }).waitFor();
  }));

test("a call is saved as a test, once", () =>
  onHosted({ quiet: REFUSED }, async (page) => {
    await tab(page, "Call").click();
    const save = page.getByRole("region", { name: "Save as test" });
    await save.getByLabel("Name").fill("Not A Name");
    await save.getByRole("button", { name: "Save" }).click();
    assert.equal(await save.getByRole("status").textContent(), "");
    await save.getByLabel("Name").fill("scale-up");
    await page.keyboard.press("Enter");
    await save.getByText("Saved tests/scale-up with parent.yaml, expected.yaml.").waitFor();
    assert.equal(await save.locator("pre").textContent(), "metawasm test site.wasm tests -k scale-up");
    const { body } = server.requests.at(-1);
    assert.equal(body.parent.metadata.name, "blog");
    assert.equal(body.parent.metadata.uid, undefined);
    await save.getByRole("button", { name: "Save" }).click();
    await save.getByText("tests/scale-up exists; choose another name").waitFor();
  }));

test("each plugin keeps its input, and a link has all of it", () =>
  onHosted({}, async (page) => {
    await tab(page, "Time line").click();
    await addStep(page, "wait", { Duration: "5m" });
    await page.getByLabel("Plugin").selectOption("bare");
    await tab(page, "Settings").click();
    assert.equal(await typed(page), 'greeting: "hello"\n');
    await type(page, "greeting: [broken\n");
    await page.locator(".problem", { hasText: "Settings, line 2, column 1: invalid YAML" }).waitFor();
    await type(page, "greeting: hi\n");
    await tab(page, "Related").click();
    await type(page, "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\n");
    await tab(page, "Related 1").waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Link copied" }).waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    await page.getByLabel("Plugin").selectOption("site");
    await tab(page, "Steps").click();
    assert.equal(await typed(page), "steps:\n- wait: 5m\n".replace("5m", '"5m"'));
    await onHosted({ url }, async (other) => {
      assert.equal(await other.getByLabel("Plugin").inputValue(), "bare");
      await tab(other, "Related 1").click();
      assert.match(await typed(other), /kind: Secret/);
      await tab(other, "Settings").click();
      assert.equal(await typed(other), "greeting: hi\n");
    });
  }));

test("a sentence about the parent is marked at its field", () =>
  onHosted({}, async (page) => {
    await type(page, site({ replicas: 2, image: "" }));
    await page.locator(".cm-lintRange-error", { hasText: '""' }).waitFor();
    await type(page, site({ image: "nginx", replicas: "two" }));
    await page.locator(".cm-lintRange-warning", { hasText: "two" }).waitFor();
    assert.match(await problem(page).textContent(), /1 warning/);
    await tab(page, "Call").click();
    await page.getByRole("region", { name: "About the parent" }).getByText("expected an integer").waitFor();
  }));
