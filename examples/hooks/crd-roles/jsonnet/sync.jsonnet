// A ClusterRole to read, and one to edit, the objects of a CustomResourceDefinition, aggregated to `view` and `edit`.

local verbs = {
  view: ['get', 'list', 'watch'],
  edit: ['create', 'update', 'patch', 'delete', 'deletecollection'],
};

function(request)
  local crd = request.object;
  local plural = crd.spec.names.plural;
  local hasStatus = std.any([
    std.objectHas(std.get(version, 'subresources', {}), 'status')
    for version in crd.spec.versions
  ]);
  local wanted = [std.stripChars(role, ' ') for role in std.split(crd.metadata.annotations['example.com/roles'], ',')];
  {
    attachments: [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: {
          name: crd.metadata.name + '-' + role,
          labels: { ['rbac.authorization.k8s.io/aggregate-to-' + role]: 'true' },
        },
        rules: [{
          apiGroups: [crd.spec.group],
          resources: [plural] + (if hasStatus then [plural + '/status'] else []),
          verbs: verbs[role],
        }],
      }
      for role in wanted
      if std.objectHas(verbs, role)
    ],
  }
