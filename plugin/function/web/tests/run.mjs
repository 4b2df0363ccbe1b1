// Calls hooks: a list of {hook, request, settings} on stdin, of what came of each on stdout.
//
// `text` is the answer, or what was thrown; `object` is whether objects have the same from the same, where the same is
// what JSON.parse makes of the texts.

import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { load } from "./load.mjs";

const { hooks } = await load(process.argv[2]);

function outcome(call) {
  try {
    return { answer: call() };
  } catch (error) {
    return { isError: error instanceof Error, message: error.message, ...error };
  }
}

function parsed(outcome) {
  return "answer" in outcome ? { answer: JSON.parse(outcome.answer) } : outcome;
}

const calls = JSON.parse(await text(process.stdin));
const outcomes = calls.map(({ hook, request, settings }) => {
  const given = settings === null ? [] : [settings];
  const text = outcome(() => hooks[hook](request, ...given));
  const objects = [request, ...given].map((json) => JSON.parse(json));
  const object = outcome(() => hooks[`${hook}Object`](...objects));
  return { text, object: isDeepStrictEqual(object, parsed(text)) };
});

const description = hooks.describe();
const described = isDeepStrictEqual(hooks.describeObject(), JSON.parse(description));
process.stdout.write(JSON.stringify({ outcomes, description, described }));
