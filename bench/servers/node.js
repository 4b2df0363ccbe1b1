// Serves one hook written for Metacontroller's server for Node, without a framework. Prints its address.
// node node.js HOOK.js
const http = require('node:http');

const hook = require(require('node:path').resolve(process.argv[2]));
// Writing a log line costs the same everywhere; it is not what is measured.
for (const level of ['debug', 'info', 'log', 'warn']) console[level] = () => {};

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    try {
      const body = JSON.parse(Buffer.concat(parts));
      const answer = await hook({ request: { body, headers: request.headers } });
      const text = JSON.stringify(answer.body);
      response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      response.end(text);
    } catch (error) {
      response.writeHead(500);
      response.end(String(error));
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`127.0.0.1:${server.address().port}\n`));
