// The objects that the sync hook needs: the ConfigMap to copy, and the namespaces to copy it to.
function(request)
  local spec = request.parent.spec;
  {
    relatedResources: [
      { apiVersion: 'v1', resource: 'configmaps', namespace: spec.source.namespace, names: [spec.source.name] },
      { apiVersion: 'v1', resource: 'namespaces', labelSelector: spec.namespaceSelector },
    ],
  }
