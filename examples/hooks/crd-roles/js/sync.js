// A ClusterRole to read, and one to edit, the objects of a CustomResourceDefinition, aggregated to `view` and `edit`.
const VERBS = { view: ['get', 'list', 'watch'], edit: ['create', 'update', 'patch', 'delete', 'deletecollection'] };

module.exports = async (context) => {
  const { metadata, spec } = context.request.body.object;
  const wanted = metadata.annotations['example.com/roles'].split(',').map((role) => role.trim());
  const attachments = wanted.filter((role) => role in VERBS).map((role) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `${metadata.name}-${role}`, labels: { [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' } },
    rules: [
      {
        apiGroups: [spec.group],
        resources: [spec.names.plural, ...(spec.versions.some((version) => version.subresources?.status) ? [`${spec.names.plural}/status`] : [])],
        verbs: VERBS[role],
      },
    ],
  }));
  return { status: 200, body: { attachments } };
};
