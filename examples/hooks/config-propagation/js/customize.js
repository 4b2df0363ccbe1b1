// The objects that the sync hook needs: the ConfigMap to copy, and the namespaces to copy it to.
module.exports = async function (context) {
  const { source, namespaceSelector } = context.request.body.parent.spec;
  const relatedResources = [
    { apiVersion: 'v1', resource: 'configmaps', namespace: source.namespace, names: [source.name] },
    { apiVersion: 'v1', resource: 'namespaces', labelSelector: namespaceSelector },
  ];
  return { status: 200, body: { relatedResources } };
};
