// The notices of the packages in the bundle, which their licences ask to keep.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ALLOWED = new Set(["MIT", "ISC", "BSD-3-Clause", "Apache-2.0"]);

/** Returns the text of all notices. Fails for a package whose licence does not fit Apache-2.0. */
export function notices(root, inputs) {
  const packages = [
    ...new Set(inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? [])),
  ].sort();
  const texts = packages.map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (!ALLOWED.has(license))
      throw new Error(`${name} has the licence ${license}; allowed: ${[...ALLOWED].join(", ")}`);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no file with its licence`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  const head = "metawasm playground: Apache-2.0. It contains the packages below.\n";
  return [head, ...texts].join(`\n${"-".repeat(72)}\n\n`);
}
