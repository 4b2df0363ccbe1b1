// Copies of one ConfigMap in all namespaces that a selector selects.
const { copy } = require('./lib/copy');

module.exports = async function (context) {
  const { parent, related } = context.request.body;
  const { source } = parent.spec;
  const original = related['ConfigMap.v1'][`${source.namespace}/${source.name}`];
  if (!original) {
    console.warn(`${source.namespace}/${source.name} does not exist`);
    return { status: 200, body: { status: { copies: 0, found: false }, children: [] } };
  }
  const namespaces = Object.values(related['Namespace.v1'])
    .filter((namespace) => !namespace.metadata.deletionTimestamp && namespace.metadata.name !== source.namespace)
    .map((namespace) => namespace.metadata.name)
    .sort();
  const children = namespaces.map((namespace) => copy(original, namespace));
  return { status: 200, body: { status: { copies: children.length, found: true }, children } };
};
