// What tests do on the page of `metawasm playground`, wherever its plugins run.

/** Replaces the text of the visible editor as a paste does. */
export async function type(page, content) {
  const editor = page.locator(".cm-content:visible");
  await editor.focus();
  await page.keyboard.press("ControlOrMeta+a");
  await editor.evaluate((element, data) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", data);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, content);
}

/** The whole text of the visible editor. */
export const typed = (page) =>
  page.locator(".cm-content:visible").evaluate((element) => element.cmTile.view.state.doc.toString());

/** Adds a step with the form. */
export async function addStep(page, kind, fields = {}) {
  await page.getByRole("tab", { name: "Steps" }).click();
  await page.getByLabel("What happens").selectOption(kind);
  for (const [label, value] of Object.entries(fields)) {
    const field = page.locator(".new-step").getByLabel(label, { exact: true });
    if ((await field.evaluate(({ tagName }) => tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await page.getByRole("button", { name: "Add step", exact: true }).click();
}

/** A tab of the sync that the time line shows. */
export const momentTab = (page, name) => page.locator(".moment").getByRole("tab", { name });

/** Waits until the time line shows a sync of a step. */
export const atSync = (page, title) => page.locator(".moment h2", { hasText: title }).waitFor();

/** The texts of the parent. */
export const site = (spec) =>
  `apiVersion: example.com/v1\nkind: Site\nmetadata: {name: blog, namespace: web}\nspec: ${JSON.stringify(spec)}\n`;
