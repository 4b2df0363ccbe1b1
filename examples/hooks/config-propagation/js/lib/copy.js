exports.copy = function copy({ metadata, data = {}, binaryData }, namespace) {
  const child = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: metadata.name, namespace, annotations: { 'example.com/copy-of': `${metadata.namespace}/${metadata.name}` } },
    data,
  };
  if (binaryData) child.binaryData = binaryData;
  return child;
};
