// The page of `metawasm playground` without a mouse, on a phone, in the dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addStep, atSync, momentTab, site, type } from "./actions.mjs";
import { onHosted } from "./hosted.mjs";
import { accessible, tab } from "./page.mjs";

const OUTPUTS = ["Drawing", "Children", "Conditions", "Changes", "Call", "Time line"];
const MOMENT = ["Objects", "Drawing", "Changes", "Sync"];

test("a time line can be made and scrubbed with the keyboard", () =>
  onHosted({}, async (page) => {
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
    const tabTo = async (locator, key = "Tab") => {
      for (let count = 0; count < 60; count += 1) {
        if (await isFocused(locator)) return;
        await page.keyboard.press(key);
      }
      assert.fail("not reached with the Tab key");
    };
    await tabTo(tab(page, "Site"));
    await press("End");
    await tabTo(page.getByLabel("What happens"));
    await press("ArrowDown");
    await tabTo(page.getByLabel("Patch"));
    await page.keyboard.type("{spec: {replicas: 3}}");
    await tabTo(page.getByRole("button", { name: "Add step", exact: true }), "Shift+Tab");
    await press("Enter");
    await tabTo(tab(page, "Drawing"));
    await press("End");
    await atSync(page, "Sync 1 of 4 · create");
    await tabTo(page.getByRole("slider", { name: "Sync" }));
    await press("ArrowRight", "ArrowRight");
    await atSync(page, "Sync 3 of 4 · edit");
    await tabTo(momentTab(page, "Sync"));
    await press("ArrowRight");
    assert.ok(await isFocused(momentTab(page, "Objects")));
    await press("End");
    await page.getByRole("region", { name: "Difference of Deployment blog" }).waitFor();
    await tabTo(page.getByRole("button", { name: "Observe", exact: true }), "Shift+Tab");
    await press("Enter");
    await tab(page, "Observed 4").waitFor();
  }));

for (const width of [390, 320]) {
  test(`a phone of ${width} pixels shows everything without scrolling sideways`, () =>
    onHosted({ viewport: { width, height: 800 }, isMobile: true, hasTouch: true }, async (page) => {
      const fits = async (what) => {
        const { scroll, inner } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          inner: document.documentElement.clientWidth,
        }));
        assert.ok(scroll <= inner, `${what}: ${scroll} pixels`);
      };
      for (const name of ["Observed", "Related", "Settings", "Cluster"]) {
        await tab(page, name).tap();
        await fits(name);
      }
      await addStep(page, "edit", { Patch: "{spec: {replicas: 7}}" });
      await addStep(page, "fail", { Hook: "sync", Times: "9" });
      for (const kind of ["editObject", "add", "default", "wait"]) {
        await page.getByLabel("What happens").selectOption(kind);
        await fits(kind);
      }
      for (const name of OUTPUTS) {
        await tab(page, name).first().tap();
        await fits(name);
      }
      await atSync(page, "· create");
      await page.getByRole("slider", { name: "Sync" }).focus();
      for (let count = 0; count < 4; count += 1) {
        await page.keyboard.press("ArrowRight");
        for (const name of MOMENT) {
          await momentTab(page, name).tap();
          await fits(`time line, ${name}`);
        }
      }
      await tab(page, "Site").tap();
      await type(page, site({ image: "trap" }));
      await tab(page, "Call failed").tap();
      await fits("a failure");
    }));
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 390, height: 800 },
  ]) {
    test(`axe finds nothing: ${colorScheme}, ${viewport.width} pixels`, () =>
      onHosted({ colorScheme, viewport }, async (page) => {
        const check = (what) => accessible(page, `${colorScheme}: ${what}`);
        await addStep(page, "edit", { Patch: "{spec: {replicas: 7}}" });
        await addStep(page, "fail", { Hook: "sync", Times: "9" });
        await page.getByLabel("What happens").selectOption("default");
        await check("steps");
        for (const name of OUTPUTS) {
          await tab(page, name).first().click();
          if (name === "Time line") await atSync(page, "· create");
          await check(name);
        }
        for (const sync of ["Sync 3, edit: 2 writes", "Sync 10, fail: failed"]) {
          await page.getByRole("button", { name: sync }).click();
          for (const name of MOMENT) {
            await momentTab(page, name).click();
            await check(`${sync}, ${name}`);
          }
        }
        await tab(page, "Observed").click();
        await type(page, "- [");
        await page.locator(".problem.bad").waitFor();
        await check("broken");
        await type(page, "#");
        await tab(page, "Site").click();
        await type(page, site({ image: "trap" }));
        await tab(page, "Call failed").click();
        await check("a failure");
        await tab(page, "Drawing").first().click();
        await check("an old drawing");
        await page.getByLabel("Plugin").selectOption("bare");
        await tab(page, "Settings").click();
        await check("settings as a text");
      }));
  }
}
