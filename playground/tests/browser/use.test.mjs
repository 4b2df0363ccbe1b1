// What somebody does with the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SEED, box, cursorAfter, detail, onPage, pick, problem, tab, text } from "./page.mjs";

test("the seed's example shows its children and the drawing", () =>
  onPage({}, async (page) => {
    await pick(page, "hello");
    await box(page, "Deployment hello").waitFor();
    await pick(page, SEED);
    for (const child of [
      "Deployment async-input",
      "Service async-input-svc",
      "HTTPScaledObject async-input",
    ]) {
      await box(page, child).waitFor();
    }
    const picture = page.locator(".picture");
    for (const part of [
      "Interceptor",
      "External scaler",
      "Operator",
      "daprd",
      "0–10 replicas",
      "async-demo.com",
    ]) {
      assert.equal(await picture.getByText(part, { exact: true }).count(), 1, part);
    }
    assert.ok((await picture.locator("path.arrow.request").count()) >= 5);
    assert.ok((await picture.locator("path.arrow.signal").count()) >= 4);
    await tab(page, "Children").click();
    await page.getByText("Open all").click();
    const yaml = page.getByRole("region", { name: "HTTPScaledObject async-input" });
    assert.match(await yaml.textContent(), /scaleTargetRef:\n\s+apiVersion: apps\/v1\n\s+kind: Deployment\n/);
  }));

test("an edit shows the difference to the answer before it", () =>
  onPage({}, async (page) => {
    await tab(page, "Changes").click();
    await page.getByText("No changes yet").waitFor();
    await cursorAfter(page, "maxReplicaCount");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("25");
    await tab(page, /Changes \+1 −1/).waitFor();
    const diff = page.getByRole("region", { name: "Difference of HTTPScaledObject async-input" });
    // Without a number, as it is while it is typed, there is a difference of one line, too.
    await diff.locator(".added", { hasText: "25" }).waitFor();
    assert.deepEqual(await diff.locator(".added").allTextContents(), ["+     max: 25"]);
    assert.deepEqual(await diff.locator(".removed").allTextContents(), ["-     max: 10"]);
    await page.getByRole("button", { name: "Compare from here on" }).click();
    await page.getByText("No changes yet").waitFor();
    await tab(page, "Drawing").click();
    await detail(page, "0–25 replicas").waitFor();
  }));

test("broken YAML has a mark, and the last answer stays, greyed", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "image:");
    await page.keyboard.press("Enter");
    await page.keyboard.type("nonsense");
    await page.locator(".output.stale").waitFor();
    assert.match(await problem(page).textContent(), /^Line 11, column 3: invalid YAML: /);
    await page.locator(".cm-lint-marker-error").first().waitFor();
    await box(page, "Deployment async-input").waitFor();
    await page.getByText("This is the answer to the last valid input.").waitFor();
    for (let count = 0; count < "nonsense".length; count += 1) await page.keyboard.press("Backspace");
    await page.locator(".output:not(.stale)").waitFor();
  }));

test("a mistake is marked at its field, with the plugin's sentence", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "maxReplicaCount");
    await page.keyboard.type("x");
    const range = page.locator(".cm-lintRange-error");
    await range.waitFor();
    assert.equal(await range.textContent(), "10x");
    assert.match(await problem(page).textContent(), /1 error/);
    await range.hover();
    await page.locator(".cm-diagnostic", { hasText: "maxReplicaCount: Invalid value" }).waitFor();
    await tab(page, "Conditions").click();
    await page.getByRole("row", { name: /Ready False Invalid/ }).waitFor();
  }));

test("the engine can be switched to knative", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "port: 8080");
    await page.keyboard.press("Enter");
    await page.keyboard.type("engine: knative");
    await page.keyboard.press("Escape");
    await box(page, "Knative Service async-input").waitFor();
    await detail(page, "Autoscaler").waitFor();
    assert.equal(await box(page, "Deployment async-input").count(), 0);
    await tab(page, "Changes").click();
    assert.equal(await page.getByRole("heading", { name: "Deployment async-input removed" }).count(), 1);
    // A cluster without Knative.
    await tab(page, "Cluster").click();
    await page.getByRole("checkbox", { name: "Service serving.knative.dev/v1" }).uncheck();
    await tab(page, "Conditions").click();
    await page.getByRole("row", { name: /Ready False KindNotDeclared/ }).waitFor();
    await page.getByRole("button", { name: "Add Knative Service" }).click();
    await tab(page, "Drawing").click();
    await box(page, "Knative Service async-input").waitFor();
  }));

test("the add-on's release and the settings change the answer", () =>
  onPage({}, async (page) => {
    await page.getByLabel("HTTP add-on").selectOption("0.7");
    await tab(page, /Changes \+/).waitFor();
    await tab(page, "Settings").click();
    assert.equal(await page.getByLabel("httpAddon").inputValue(), "0.7");
    await page.getByLabel("interceptor.namespace").fill("elsewhere");
    await detail(page, "namespace elsewhere").waitFor();
    await page.getByRole("button", { name: "Reset all" }).click();
    await detail(page, "namespace keda").waitFor();
  }));

test("a shared link opens the same in another browser", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "maxReplicaCount");
    await page.keyboard.type("7");
    await detail(page, "0–107 replicas").waitFor();
    await page.getByLabel("HTTP add-on").selectOption("0.7");
    await tab(page, "Cluster").click();
    await page.getByRole("checkbox", { name: "Ingress" }).uncheck();
    await page.locator(".picture", { hasNotText: "Ingress" }).waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("button", { name: "Link copied" }).waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(url, page.url());
    const expected = await text(page);
    await onPage({ url }, async (other) => {
      await detail(other, "0–107 replicas").waitFor();
      assert.equal(await text(other), expected);
      assert.equal(await other.getByLabel("HTTP add-on").inputValue(), "0.7");
      assert.equal(await box(other, "Ingress async-input").count(), 0);
      // Another link in the same page.
      await other.evaluate(() => {
        location.hash = "#1.damaged";
      });
      await other.getByText("The link is damaged or incomplete.").waitFor();
    });
  }));

test("observed children change the conditions, and the call shows its time and its answer", () =>
  onPage({}, async (page) => {
    await tab(page, "Call").click();
    await page.locator(".figures", { hasText: "Run" }).waitFor();
    const answer = page.getByRole("region", { name: "Answer as YAML" });
    assert.match(await answer.textContent(), /^children:\n- apiVersion: /);
    await tab(page, "Conditions").click();
    const scaler = page.getByRole("row", { name: /^Scaler False NotThereYet/ });
    await scaler.waitFor();
    await tab(page, "Call").click();
    await page.getByRole("button", { name: "Apply the answer" }).click();
    await tab(page, "Observed 5").waitFor();
    await tab(page, "Conditions").click();
    await scaler.waitFor({ state: "detached" });
  }));

test("a reload keeps the edits", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "maxReplicaCount");
    await page.keyboard.type("3");
    await page.waitForURL(/#1\./);
    await page.reload();
    await detail(page, "0–103 replicas").waitFor();
  }));

test("children can be copied and downloaded", () =>
  onPage({}, async (page) => {
    await tab(page, "Children").click();
    await page.locator("summary", { hasText: "async-input-svc" }).click();
    await page.getByRole("button", { name: "Copy Service async-input-svc" }).click();
    await page.getByText("Copied").waitFor();
    assert.match(
      await page.evaluate(() => navigator.clipboard.readText()),
      /^apiVersion: v1\nkind: Service\n/,
    );
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "async-input-children.yaml");
    const content = readFileSync(await download.path(), "utf8");
    assert.equal(content.split("---\n").length, 5);
  }));

test("the conditions are those of kubectl", () =>
  onPage({}, async (page) => {
    await tab(page, "Conditions").click();
    const get = page.locator("table.get");
    assert.deepEqual((await get.locator("th").allTextContents()).slice(0, 4), [
      "NAME",
      "READY",
      "SERVING",
      "IMAGE",
    ]);
    assert.deepEqual((await get.locator("td").allTextContents()).slice(0, 3), [
      "async-input",
      "False",
      "Created",
    ]);
    await page
      .getByRole("row", { name: /Scaler False NotThereYet HTTPScaledObject async-input does not exist yet/ })
      .waitFor();
  }));

test("fields are completed and explained from the schema", () =>
  onPage({}, async (page) => {
    await cursorAfter(page, "port: 8080");
    await page.keyboard.press("Enter");
    await page.keyboard.type("eng");
    const option = page.locator(".cm-tooltip-autocomplete [role=option]", { hasText: "engine" });
    await option.waitFor();
    await page.waitForTimeout(150);
    await page.keyboard.press("Enter");
    await page.keyboard.type("kn");
    await page.locator(".cm-tooltip-autocomplete [role=option]", { hasText: "knative" }).waitFor();
    await page.waitForTimeout(150);
    await page.keyboard.press("Enter");
    assert.match(await text(page), /\n {8}engine: knative\n/);
    await page.locator(".cm-line span", { hasText: "maxReplicaCount" }).last().hover();
    const help = page.locator(".field-help");
    await help.waitFor();
    assert.match(
      await help.textContent(),
      /^spec\.serving\.scaleOptions\.keda\.httpScaledObject\.maxReplicaCountinteger/,
    );
  }));
