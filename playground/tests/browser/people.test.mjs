// People without a mouse, with a phone, with a screen reader, in the dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, box, cursorAfter, detail, onPage, pick, tab } from "./page.mjs";

const TABS = ["Drawing", "Children", "Conditions", "Changes", "Call"];

/** Presses Tab until something has the focus. */
async function tabTo(page, locator) {
  for (let count = 0; count < 60; count += 1) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail("not reached with the Tab key");
}

test("everything can be done with the keyboard", () =>
  onPage({}, async (page) => {
    const picker = page.getByLabel("Example");
    await tabTo(page, picker);
    await picker.press("ArrowDown");
    await box(page, "Deployment async-output").waitFor();
    await picker.press("ArrowUp");
    await box(page, "Deployment async-input").waitFor();

    // Into the editor, an edit, help, and out again.
    await tabTo(page, page.locator(".cm-content"));
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type("maxReplicaCount: 1");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("F1");
    await page.locator(".field-help").waitFor();
    await page.keyboard.type("5");
    await detail(page, "0–150 replicas").waitFor();
    await tabTo(page, tab(page, "Drawing"));

    // From the drawing to a child, and on to the changes.
    const node = box(page, "HTTPScaledObject async-input");
    await tabTo(page, node);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "HTTPScaledObject async-input" }).waitFor();
    await page.locator("summary", { hasText: "async-input" }).last().waitFor();
    await tab(page, "Children").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    assert.ok(await tab(page, "Children").evaluate((element) => element === document.activeElement));
    await page.keyboard.press("End");
    await page.getByRole("region", { name: "Answer as YAML" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator(".diff .added", { hasText: "max: 150" }).waitFor();
    await page.keyboard.press("Home");
    await page.locator(".picture").waitFor();

    // A setting and a kind.
    await tab(page, "Function").focus();
    for (let count = 0; count < 3; count += 1) await page.keyboard.press("ArrowRight");
    await tabTo(page, page.getByLabel("defaultEngine"));
    await tab(page, "Settings").focus();
    await page.keyboard.press("ArrowRight");
    await tabTo(page, page.getByRole("checkbox", { name: "Ingress" }));
    await page.keyboard.press("Space");
    await page.locator(".picture", { hasNotText: "Ingress" }).waitFor();
  }));

test("the focus can always be seen", () =>
  onPage({}, async (page) => {
    const seen = () => {
      const { activeElement } = document;
      if (activeElement === document.body) return true;
      const { outlineStyle, strokeWidth } = getComputedStyle(activeElement);
      const editor = activeElement.closest(".editor");
      const framed = editor !== null && getComputedStyle(editor, "::after").borderStyle === "solid";
      return framed || outlineStyle !== "none" || Number.parseFloat(strokeWidth) > 2;
    };
    for (let count = 0; count < 25; count += 1) {
      await page.keyboard.press("Tab");
      await page.waitForFunction(seen, undefined, { timeout: 2_000 }).catch(async () => {
        assert.fail(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200)));
      });
    }
  }));

for (const width of [390, 320]) {
  test(`a phone of ${width} pixels shows everything without scrolling sideways`, () =>
    onPage({ viewport: { width, height: 800 }, isMobile: true, hasTouch: true }, async (page) => {
      const fits = async (what) => {
        const { scroll, inner } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          inner: document.documentElement.clientWidth,
        }));
        assert.ok(scroll <= inner, `${what}: ${scroll} pixels`);
      };
      for (const example of ["function", "seed/async-input"]) {
        await pick(page, example);
        for (const name of TABS) {
          await tab(page, name).tap();
          await fits(`${example}, ${name}`);
        }
      }
      for (const name of ["Observed", "Related", "Settings", "Cluster", "Function"]) {
        await tab(page, name).tap();
        await fits(name);
      }
      await tab(page, "Drawing").tap();
      await box(page, "Deployment async-input").tap();
      await page.getByRole("region", { name: "Deployment async-input" }).waitFor();
    }));
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 390, height: 800 },
  ]) {
    test(`axe finds nothing: ${colorScheme}, ${viewport.width} pixels`, () =>
      onPage({ colorScheme, viewport }, async (page) => {
        await cursorAfter(page, "port: 8080");
        await page.keyboard.press("Enter");
        await page.keyboard.type("en");
        await page.locator(".cm-completionInfo").waitFor();
        await accessible(page, `${colorScheme}: completion`);
        await page.keyboard.press("Escape");
        await pick(page, "function");
        await page.locator(".cm-lint-marker").first().hover();
        await page.locator(".cm-tooltip-lint").waitFor();
        await accessible(page, `${colorScheme}: a warning`);
        await cursorAfter(page, "kind: Function");
        await page.keyboard.type(" # edited");
        await page.keyboard.press("ControlOrMeta+Home");
        for (const name of TABS) {
          await tab(page, name).click();
          if (name === "Children") await page.getByText("Open all").click();
          await accessible(page, `${colorScheme}: ${name}`);
        }
        for (const name of ["Observed", "Settings", "Cluster"]) {
          await tab(page, name).click();
          await accessible(page, `${colorScheme}: ${name}`);
        }
        await tab(page, "Function").click();
        // A difference, a mistake, and broken YAML.
        await pick(page, "seed/async-input");
        await cursorAfter(page, "name: async-input");
        await page.keyboard.type("x");
        await tab(page, /Changes \+/).click();
        await accessible(page, `${colorScheme}: a difference`);
        await page.keyboard.press("Shift+Tab");
        await cursorAfter(page, "image:");
        await page.keyboard.press("Enter");
        await page.keyboard.type("nonsense");
        await page.locator(".stale").waitFor();
        for (const name of TABS) {
          await tab(page, name).click();
          await accessible(page, `${colorScheme}: broken, ${name}`);
        }
      }));
  }
}

test("the colours can be chosen, and are remembered", () =>
  onPage({ colorScheme: "light" }, async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole("button", { name: /Colours: system/ }).click();
    assert.equal(await background(), light);
    await page.getByRole("button", { name: /Colours: light/ }).click();
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await background(), dark);
  }));
