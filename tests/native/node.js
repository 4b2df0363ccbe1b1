// Runs hooks written for Metacontroller's server for Node. Reads lines {"file", "request"} and prints lines {"status", "body"}.
const readline = require('node:readline');

// What a hook logs is not an answer.
for (const level of ['debug', 'info', 'log', 'warn']) console[level] = () => {};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { file, request } = JSON.parse(line);
    let answer;
    try {
      answer = await require(file)({ request: { body: request, headers: {} } });
    } catch (error) {
      answer = { status: 500, body: String(error) };
    }
    process.stdout.write(JSON.stringify({ status: answer.status, body: answer.body }) + '\n');
  }
})();
